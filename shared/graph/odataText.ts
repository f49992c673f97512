/** A text inside the quotes of a key or a function's parameter (OData: a quote is doubled, then the whole is percent-encoded). */
export function odataText(text: string): string {
  return encodeURIComponent(text.replaceAll("'", "''")).replaceAll("'", '%27');
}
