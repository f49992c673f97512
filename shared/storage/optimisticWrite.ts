import { setTimeout as sleep } from 'node:timers/promises';

/** Returned by a try if another writer changed the row first. */
export const writeConflict = Symbol('overtaken');

// After each conflict another writer has succeeded, so this many in a row indicate another problem.
const maxTries = 60;
const firstPauseMs = 10;
const longestPauseMs = 1_000;

/** A write conflicted with other writers at every try. */
export class TooManyWritersError extends Error {
  override readonly name = 'TooManyWritersError';

  constructor(what: string) {
    super(
      `cannot write ${what}: another writer changed it first at each of ${String(maxTries)} tries`,
    );
  }
}

/** Waits before the next try, longer after each one, with jitter. */
async function backOff(tries: number): Promise<void> {
  const longest = Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1));
  await sleep(longest * (0.1 + 0.9 * Math.random()));
}

/**
 * Repeats a conditional write until it does not conflict with another writer, with a pause before
 * each further try.
 * @param what names what is written, for the error
 * @param tryOnce receives the number of the try, starting with 1
 * @throws TooManyWritersError after the last try
 */
export async function optimisticWrite<Result>(
  what: string,
  tryOnce: (tries: number) => Promise<Result | typeof writeConflict>,
  pause: (tries: number) => Promise<void> = backOff,
): Promise<Result> {
  for (let tries = 1; tries <= maxTries; tries += 1) {
    if (tries > 1) await pause(tries - 1);
    const result = await tryOnce(tries);
    if (result !== writeConflict) return result;
  }
  throw new TooManyWritersError(what);
}
