import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { isRestError, type PipelinePolicy } from '@azure/core-rest-pipeline';

// Together less than the ten seconds in which a caller gets a response, and longer than slow
// storage needs.
const operationMs = 6_000;
const tokenMs = 3_000;
// Larger transfers get more time: one second per megabyte.
const bytesPerMs = 1_000;

// The defaults of the SDK wait for minutes, and without a response forever.
const retryDelays = { retryDelayInMs: 300, maxRetryDelayInMs: 2_000 };
export const tableRetries = { maxRetries: 3, ...retryDelays };
export const blobRetries = { maxTries: 4, ...retryDelays };

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
  return AbortSignal.timeout(operationMs + Math.ceil(bytes / bytesPerMs));
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
        return await withTimeout(tokenMs, credential.getToken(scopes, options));
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
