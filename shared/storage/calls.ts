import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { isRestError, type PipelinePolicy } from '@azure/core-rest-pipeline';
import { storagePolicy } from '../domain/policies.ts';

// The defaults of the SDK wait for minutes, and without a response forever.
const retryDelays = {
  retryDelayInMs: storagePolicy.retryDelayMs,
  maxRetryDelayInMs: storagePolicy.longestRetryDelayMs,
};
export const tableRetries = { maxRetries: storagePolicy.maxTableRetries, ...retryDelays };
export const blobRetries = { maxTries: storagePolicy.maxBlobTries, ...retryDelays };

/** Storage is unavailable. The same operation may succeed later. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
}

/** The assumed size of a blob that is read without asking for its size. */
export const largestBytes = 10 * 1024 * 1024;

/**
 * Returns a signal that aborts an operation, including its retries and an incomplete response.
 * `bytes` is the size of the transfer.
 */
export function timeLimit(bytes = 0): AbortSignal {
  return AbortSignal.timeout(
    storagePolicy.operationMs + Math.ceil(bytes / storagePolicy.bytesPerMs),
  );
}

/**
 * A policy that limits the time of every table operation, as `timeLimit` does for blobs and queues.
 */
export const timeLimitPolicy: PipelinePolicy = {
  name: 'timeLimitPolicy',
  sendRequest: (request, next) => {
    request.abortSignal ??= timeLimit();
    return next(request);
  },
};

/**
 * Wraps a credential so that it fails within the time that a caller waits. Its failures are
 * StorageUnavailableErrors.
 */
export function timeLimitedCredential(credential: TokenCredential): TokenCredential {
  return {
    async getToken(
      scopes: string | string[],
      options: GetTokenOptions = {},
    ): Promise<AccessToken | null> {
      try {
        return await withTimeout(storagePolicy.tokenMs, credential.getToken(scopes, options));
      } catch (cause) {
        throw new StorageUnavailableError('cannot get an access token for storage', { cause });
      }
    },
  };
}

/**
 * Waits for a promise for a limited real time.
 * @throws StorageUnavailableError
 */
export async function withTimeout<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  const limit = AbortSignal.timeout(limitMs);
  const late = Promise.withResolvers<never>();
  const giveUp = (): void => {
    late.reject(new StorageUnavailableError(`no response within ${String(limitMs)} ms`));
  };
  limit.addEventListener('abort', giveUp);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    limit.removeEventListener('abort', giveUp);
  }
}

// Missing, not accessible, or busy: the account, a table or a container may be being created or
// deleted.
const passingStatuses: readonly number[] = [401, 403, 404, 408, 429];

/**
 * Returns true if an error means that storage is unavailable or denies access, so that the same
 * operation may succeed later.
 */
export function isStorageUnavailable(error: unknown): boolean {
  if (error instanceof StorageUnavailableError) return true;
  // The SDK throws these when `timeLimit` aborts an operation.
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError'))
    return true;
  if (!isRestError(error)) return false;
  const { statusCode, code = '' } = error;
  return (
    statusCode === undefined ||
    statusCode >= 500 ||
    statusCode < 300 ||
    passingStatuses.includes(statusCode) ||
    /Being(Created|Deleted|Disabled)$|Disabled$/.test(code)
  );
}

/** Returned by a try if another writer changed the row first. */
export const writeConflict = Symbol('writeConflict');

const { maxWriteTries, firstWritePauseMs, longestWritePauseMs } = storagePolicy;

/** A write conflicted with other writers at every try. */
export class TooManyWritersError extends Error {
  override readonly name = 'TooManyWritersError';

  constructor(what: string) {
    super(
      `cannot write ${what}: another writer changed it first at each of ${String(maxWriteTries)} tries`,
    );
  }
}

/** Waits before the next try, longer after each one, with jitter. */
async function backOff(tries: number): Promise<void> {
  const longest = Math.min(longestWritePauseMs, firstWritePauseMs * 2 ** (tries - 1));
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
  for (let tries = 1; tries <= maxWriteTries; tries += 1) {
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
