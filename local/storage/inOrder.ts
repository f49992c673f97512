import { copied } from './copied.ts';

/** Copies of the rows for which something holds, in the order of their keys. */
export function inOrder<T>(rows: ReadonlyMap<string, T>, holds: (row: T) => boolean): T[] {
  return [...rows]
    .filter(([, row]) => holds(row))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => copied(row));
}
