import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { isRestError, type PipelinePolicy } from '@azure/core-rest-pipeline';

// Together less than the ten seconds within which a caller is answered, and longer than storage takes on a bad day.
const operationMs = 6_000;
const tokenMs = 3_000;
// What is larger takes longer on the way: a megabyte a second.
const bytesPerMs = 1_000;

// The clients' own presets wait for minutes, and without an answer for ever.
const retryDelays = { retryDelayInMs: 300, maxRetryDelayInMs: 2_000 };
export const tableRetries = { maxRetries: 3, ...retryDelays };
export const blobRetries = { maxTries: 4, ...retryDelays };

/** Storage has not done what it was asked to, and may do it later. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
}

/** What a blob of requests may hold whose size is not asked for before it is read. */
export const largestBytes = 10 * 1024 * 1024;

/** Ends an operation that storage does not answer: its repetitions, and an answer that stops half-way, included. `bytes`: how much is sent or read. */
export function timeLimit(bytes = 0): AbortSignal {
  return AbortSignal.timeout(operationMs + Math.ceil(bytes / bytesPerMs));
}

/** Bounds every operation on a table, as `timeLimit` does for blobs and queues, where the clients take no policy. */
export const timeLimitPolicy: PipelinePolicy = {
  name: 'timeLimitPolicy',
  sendRequest: (request, next) => {
    request.abortSignal ??= timeLimit();
    return next(request);
  },
};

/** A credential that is not waited for longer than a caller of the app would wait; its failures are those of storage. */
export function timeLimitedCredential(credential: TokenCredential): TokenCredential {
  return {
    async getToken(
      scopes: string | string[],
      options: GetTokenOptions = {},
    ): Promise<AccessToken | null> {
      try {
        return await withTimeout(tokenMs, credential.getToken(scopes, options));
      } catch (cause) {
        throw new StorageUnavailableError('there is no token for storage', { cause });
      }
    },
  };
}

/** Waits for a promise so long, in real time, and no longer. @throws StorageUnavailableError */
export async function withTimeout<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  const limit = AbortSignal.timeout(limitMs);
  const late = Promise.withResolvers<never>();
  const giveUp = (): void => {
    late.reject(new StorageUnavailableError(`there was no answer within ${String(limitMs)} ms`));
  };
  limit.addEventListener('abort', giveUp);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    limit.removeEventListener('abort', giveUp);
  }
}

// Not there, not open to the app, or busy; the account, a table or a container may be being made or deleted.
const passingStatuses: readonly number[] = [401, 403, 404, 408, 429];

/** Whether an error says that storage is out of reach or refuses the app, so that the same may work later. */
export function isStorageUnavailable(error: unknown): boolean {
  if (error instanceof StorageUnavailableError) return true;
  // The clients end so what `timeLimit` has ended.
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

/** Does the work for every item, at most `most` at a time, and returns the results in the order of the items. After a failure nothing more is begun. */
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
