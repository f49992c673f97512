import { type PipelinePolicy, retryPolicy, type RetryStrategy } from '@azure/core-rest-pipeline';
import { isHeldBack } from './callBudget.ts';
import { retryAfterSeconds } from './retryAfter.ts';

const passing = [429, 500, 502, 503, 504, 509];
const longestMs = 4_000;

/**
 * Repeats reads that met a passing fault, three times and for less than ten seconds in all. Everything longer, and every
 * write, is the orchestration's business: a write that was repeated here could take effect twice.
 */
export function readRetryPolicy(delayMs = 1_000): PipelinePolicy {
  const strategy: RetryStrategy = {
    name: 'readRetry',
    retry: ({ retryCount, response, responseError }) => {
      const method = (response ?? responseError)?.request?.method;
      const passes = response === undefined ? responseError?.code !== undefined : passing.includes(response.status);
      if (method !== 'GET' || !passes || (response !== undefined && isHeldBack(response))) return { skipStrategy: true };
      const askedMs = response === undefined ? undefined : retryAfterSeconds(response.headers);
      const waitMs = askedMs === undefined ? delayMs * 2 ** retryCount : askedMs * 1_000;
      return waitMs > longestMs ? { skipStrategy: true } : { retryAfterInMs: waitMs };
    },
  };
  return retryPolicy([strategy], { maxRetries: 3 });
}
