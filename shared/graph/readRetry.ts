import { type PipelinePolicy, retryPolicy, type RetryStrategy } from '@azure/core-rest-pipeline';
import { isHeldBack } from './callBudget.ts';
import { retryAfterSeconds } from './retryAfter.ts';

// A locked resource (423) stays locked for longer than this, and a request that has timed out (408) has had its time: both wait
// for the orchestration.
const passing = [429, 500, 502, 503, 504, 509];
const longestMs = 4_000;
const longestInAllMs = 9_500;

/**
 * Repeats reads that met a passing fault, at most three times, and begins no repetition later than ten seconds after the first try
 * began. Everything longer, and every write, is the orchestration's business: a write that was repeated here could take effect
 * twice.
 * @param nowMs the present instant in epoch milliseconds
 */
export function readRetryPolicy(nowMs: () => number, delayMs = 1_000): PipelinePolicy {
  return {
    name: 'readRetry',
    sendRequest: (request, next) =>
      request.method === 'GET'
        ? retryPolicy([strategyFrom(nowMs(), nowMs, delayMs)], { maxRetries: 3 }).sendRequest(
            request,
            next,
          )
        : next(request),
  };
}

function strategyFrom(startMs: number, nowMs: () => number, delayMs: number): RetryStrategy {
  let waitedMs = 0;
  return {
    name: 'readRetry',
    retry: ({ retryCount, response, responseError }) => {
      const passes =
        response === undefined
          ? responseError?.code !== undefined
          : passing.includes(response.status);
      if (!passes || (response !== undefined && isHeldBack(response)))
        return { skipStrategy: true };
      const askedMs = response === undefined ? undefined : retryAfterSeconds(response.headers);
      const waitMs = askedMs === undefined ? delayMs * 2 ** retryCount : askedMs * 1_000;
      // A clock that a test steps stands still meanwhile.
      const spentMs = Math.max(waitedMs, nowMs() - startMs);
      if (waitMs > longestMs || spentMs + waitMs > longestInAllMs) return { skipStrategy: true };
      waitedMs += waitMs;
      return { retryAfterInMs: waitMs };
    },
  };
}
