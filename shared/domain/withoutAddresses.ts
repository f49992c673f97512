/** Masks the addresses of people in a text, percent-encoded ones as well. */
export function withoutAddresses(text: string): string {
  return text.replace(/[^\s"<>(),;:=]+(?:@|%40)[^\s"<>(),;:]+/gi, '(address)');
}
