/** A number without a fraction, thousands grouped. */
export function wholeText(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}
