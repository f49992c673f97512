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
 * each further try. Every write that can be computed again after a conflict uses this function.
 *
 * With several instances, no change is lost. Each instance computes its change from a version of
 * the row, and writes it on the condition that storage still has that version (its ETag), or that
 * the key of a new row is free. Storage puts the writes of a row in an order, so of the writes that
 * are based on one version exactly one succeeds. The others get 409 or 412, read the row, which now
 * contains the first change, and compute theirs again. It does not matter where the version came
 * from: if a cached row is outdated, its version is rejected in the same way.
 *
 * A try without a response may have been written. The write has then changed the version, so its
 * repetition, by the SDK or by the caller, is rejected, and the next try reads the row. `tryOnce`
 * must therefore recognize in the row what it has already written, or write only what may be
 * written twice.
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
 * Groups single writes of this process into fewer, larger ones. Items that arrive while a write of
 * the same key is in progress are written together afterwards, in order, at most `most` at a time.
 * Each promise resolves with the write of its item, and rejects if that write failed.
 *
 * Grouping changes how many calls are made, not what is right with several instances. The groups of
 * several instances conflict with each other like single writes, and `write` handles that. The
 * process remembers only items that are not written yet, and the caller of each still waits for it.
 * After a failure or a crash, each caller repeats its own item, alone or in another group, without
 * knowing whether it was written. So `write` must be safe to repeat for each item: it leaves out
 * what exists, or writes what may exist twice.
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

/**
 * Processes items in parallel, at most `most` at a time, and returns the results in the order of
 * the items. After a failure, no further item is started.
 */
export async function inParallel<Item, Result>(
  most: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const remaining = items.entries();
  let hasFailed = false;
  const run = async (): Promise<void> => {
    for (const [index, item] of remaining) {
      if (hasFailed) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, run));
  return results;
}
