import type { Promised } from './evidence.ts';

/** A release keeps what a later one has written into a row and it does not know itself. */
export const rowsAreKept: Promised = function* ({ impoverished }) {
  for (const row of impoverished)
    yield `the row ${row} has lost what the next release had written into it`;
};
