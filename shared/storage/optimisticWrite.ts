import { setTimeout as sleep } from 'node:timers/promises';

/** What a try returns when another writer was quicker. */
export const writeConflict = Symbol('overtaken');

// Every refusal means that another writer got through, so this many in a row mean that something else is wrong.
const maxTries = 60;
const firstPauseMs = 10;
const longestPauseMs = 1_000;

/** A write was refused at every try because of other writers. */
export class TooManyWritersError extends Error {
  override readonly name = 'TooManyWritersError';

  constructor(what: string) {
    super(
      `${what} cannot be written: another writer was quicker at each of ${String(maxTries)} tries`,
    );
  }
}

/** Waits before the next try, longer after each one and never as long as another writer. */
async function backOff(tries: number): Promise<void> {
  const longest = Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1));
  await sleep(longest * (0.1 + 0.9 * Math.random()));
}

/**
 * Repeats a conditional write until no other writer was quicker; waits before each further try. Throws a TooManyWritersError at the bound.
 * @param what names what is written, for the error
 * @param tryOnce is told how often it was called, from 1 on
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
