/**
 * A row key that sorts the newest to the front, because tables give rows in the order of their keys: the milliseconds left
 * until the year 2286, then the id.
 */
export function newestFirst({ id, atMs }: { readonly id: string; readonly atMs: number }): string {
  return `${String(9_999_999_999_999 - atMs).padStart(13, '0')}.${id}`;
}
