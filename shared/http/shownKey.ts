const maxChars = 64;
const address = /[^\s@]+@[^\s@]+\.[^\s@]+/g;

/**
 * A name that a caller has given to a member, fit to be shown: short, without control characters, and without an address that
 * it may hold.
 */
export function shownKey(key: string): string {
  const plain = key
    .slice(0, maxChars * 4)
    .toWellFormed()
    .replaceAll(/\p{C}/gu, '\u{fffd}')
    .replaceAll(address, '(an address)');
  return plain.length > maxChars ? `${plain.slice(0, maxChars).toWellFormed()}…` : plain;
}
