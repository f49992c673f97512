import {
  createHttpHeaders,
  createPipelineRequest,
  type PipelineResponse,
  RestError,
} from '@azure/core-rest-pipeline';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readRetryPolicy } from '../../../shared/graph/pipeline.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** When the tries of a read begin, in whole seconds, each of which takes so long and ends so. */
async function tries(
  answer: { readonly status?: number; readonly retryAfter?: string; readonly error?: string },
  takesMs = 0,
  method: 'GET' | 'POST' = 'GET',
): Promise<readonly number[]> {
  const request = createPipelineRequest({ url: 'https://graph.microsoft.com/', method });
  const startMs = Date.now();
  const begun: number[] = [];
  const next = async (): Promise<PipelineResponse> => {
    begun.push(Math.round((Date.now() - startMs) / 1_000));
    await new Promise((resolve) => setTimeout(resolve, takesMs));
    if (answer.error !== undefined) throw new RestError('lost', { code: answer.error });
    return {
      request,
      status: answer.status ?? 503,
      headers: createHttpHeaders(
        answer.retryAfter === undefined ? {} : { 'retry-after': answer.retryAfter },
      ),
    };
  };
  const done = readRetryPolicy(() => Date.now())
    .sendRequest(request, next)
    .catch(() => undefined);
  await vi.advanceTimersByTimeAsync(300_000);
  await done;
  return begun;
}

it('a read is tried again for less than ten seconds in all', async () => {
  expect(await tries({ status: 503 })).toEqual([0, 1, 3, 7]);
  expect(await tries({ status: 503, retryAfter: '4' })).toEqual([0, 4, 8]);
  expect(await tries({ status: 504 }, 5_000)).toEqual([0, 6]);
  expect(await tries({ status: 504 }, 60_000)).toEqual([0]);
});

it('retries a read whose response was cut off', async () => {
  expect(await tries({ error: 'PARSE_ERROR' })).toEqual([0, 1, 3, 7]);
});

it.each([400, 404, 408, 410, 423, 425, 501])(
  'does not retry a read after status %i',
  async (status) => {
    expect(await tries({ status, retryAfter: '1' })).toEqual([0]);
  },
);

it('a write is never tried again', async () => {
  expect(await tries({ status: 503 }, 0, 'POST')).toEqual([0]);
  expect(await tries({ error: 'ECONNRESET' }, 0, 'POST')).toEqual([0]);
});
