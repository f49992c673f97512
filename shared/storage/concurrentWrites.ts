import { setTimeout as sleep } from 'node:timers/promises';

/** Returned by a try if another writer changed the row first. */
export const writeConflict = Symbol('writeConflict');

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

interface Waiting<Item> {
  readonly item: Item;
  readonly written: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Groups single writes into fewer, larger ones. Items that arrive while a write of the same key is
 * in progress are written together afterwards, in order, at most `most` at a time. Each promise
 * resolves with the write of its item.
 */
export function groupCommit<Item>(
  most: number,
  write: (key: string, items: readonly Item[]) => Promise<void>,
): (key: string, item: Item) => Promise<void> {
  const underWay = new Map<string, Waiting<Item>[]>();
  const run = async (key: string, queue: Waiting<Item>[]): Promise<void> => {
    for (let group = queue.splice(0, most); group.length > 0; group = queue.splice(0, most)) {
      try {
        await write(
          key,
          group.map(({ item }) => item),
        );
        for (const { written } of group) written();
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    underWay.delete(key);
  };
  return (key, item) =>
    new Promise((written, failed) => {
      const queue = underWay.get(key);
      const waiting: Waiting<Item> = { item, written, failed };
      if (queue !== undefined) {
        queue.push(waiting);
        return;
      }
      const own = [waiting];
      underWay.set(key, own);
      void run(key, own);
    });
}
