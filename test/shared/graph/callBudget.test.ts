import {
  createHttpHeaders,
  createPipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { beforeEach, expect, it } from 'vitest';
import { CallBudget, isHeldBack } from '../../../shared/graph/tenant.ts';

let nowMs: number;
let budget: CallBudget;
let sent: number;

beforeEach(() => {
  nowMs = 1_000_000;
  sent = 0;
  budget = new CallBudget(() => nowMs);
});

const request = createPipelineRequest({ url: 'https://graph.microsoft.com/' });
const answer = (status: number, headers: Record<string, string> = {}): PipelineResponse => ({
  request,
  status,
  headers: createHttpHeaders(headers),
});

function call(status: number, headers?: Record<string, string>): Promise<PipelineResponse> {
  return budget.sendRequest(request, () => {
    sent += 1;
    return Promise.resolve(answer(status, headers));
  });
}

it('sends nothing until the wait that was asked for is over', async () => {
  await call(429, { 'retry-after': '30' });
  nowMs += 10_400;
  const held = await call(200);
  expect([held.status, held.headers.get('retry-after'), sent]).toEqual([429, '20', 1]);
  expect([isHeldBack(held), isHeldBack(answer(429))]).toEqual([true, false]);
  nowMs += 19_600;
  expect([(await call(200)).status, sent]).toEqual([200, 2]);
});

it('waits as long as the longest wait that was asked for', async () => {
  const slow = Promise.withResolvers<PipelineResponse>();
  const first = budget.sendRequest(request, () => slow.promise);
  await call(429, { 'retry-after': '60' });
  slow.resolve(answer(503, { 'retry-after': '5' }));
  await first;
  nowMs += 30_000;
  expect((await call(200)).headers.get('retry-after')).toBe('30');
});

it('does not close for a fault that asks for no wait', async () => {
  await call(503);
  await call(429);
  expect((await call(200)).status).toBe(200);
});

it('lowers the limit after a throttled call, and raises it after other responses', async () => {
  const before = budget.limit;
  await call(429);
  expect(budget.limit).toBe(before / 2);
  for (let calls = 0; calls < before / 2; calls += 1) await call(200);
  expect(budget.limit).toBe(before / 2 + 1);
  for (let calls = 0; calls < 10; calls += 1) await call(429);
  expect(budget.limit).toBe(1);
});

it('makes calls above the limit wait until they may start', async () => {
  const flying: PromiseWithResolvers<PipelineResponse>[] = [];
  const calls = Array.from({ length: budget.limit + 3 }, () =>
    budget.sendRequest(request, () => {
      const one = Promise.withResolvers<PipelineResponse>();
      flying.push(one);
      return one.promise;
    }),
  );
  await Promise.resolve();
  const atOnce = flying.length;
  expect(atOnce).toBe(budget.limit);
  for (let done = 0; done < calls.length; done += 1) {
    while (flying[done] === undefined) await Promise.resolve();
    flying[done]?.resolve(answer(200));
    await calls[done];
  }
  expect(flying).toHaveLength(calls.length);
});

it('gives places on when a call fails', async () => {
  const failing = Array.from({ length: budget.limit + 1 }, () =>
    budget.sendRequest(request, () => Promise.reject(new Error('reset'))),
  );
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).not.toContain(
    'fulfilled',
  );
  expect((await call(200)).status).toBe(200);
});

it('removes an aborted call from the queue and starts the next one', async () => {
  const flying = Array.from({ length: budget.limit }, () =>
    Promise.withResolvers<PipelineResponse>(),
  );
  const calls = flying.map(({ promise }) => budget.sendRequest(request, () => promise));
  const giveUp = new AbortController();
  const order: string[] = [];
  const waiting = (name: string, abortSignal?: AbortSignal): Promise<unknown> =>
    budget.sendRequest(
      createPipelineRequest({
        url: request.url,
        ...(abortSignal === undefined ? {} : { abortSignal }),
      }),
      () => {
        order.push(name);
        return Promise.resolve(answer(200));
      },
    );
  const givenUp = waiting('given up', giveUp.signal);
  const second = waiting('second');
  const third = waiting('third');
  giveUp.abort();
  await expect(givenUp).rejects.toMatchObject({ name: 'AbortError' });
  await expect(waiting('too late', AbortSignal.abort())).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(order).toEqual([]);
  flying[0]?.resolve(answer(200));
  await Promise.all([second, third]);
  expect(order).toEqual(['second', 'third']);
  for (const { resolve } of flying) resolve(answer(200));
  await Promise.all(calls);
  // The limit is unchanged: as many calls as before run at once.
  const again = Array.from({ length: budget.limit }, () =>
    Promise.withResolvers<PipelineResponse>(),
  );
  let begun = 0;
  const last = again.map(({ promise }) =>
    budget.sendRequest(request, () => {
      begun += 1;
      return promise;
    }),
  );
  await Promise.resolve();
  expect(begun).toBe(budget.limit);
  for (const { resolve } of again) resolve(answer(200));
  await Promise.all(last);
});

it('stays closed for half a day when Graph asks for that', async () => {
  await call(429, { 'retry-after': '43200' });
  nowMs += 43_199_000;
  expect((await call(200)).headers.get('retry-after')).toBe('1');
  nowMs += 1_000;
  expect((await call(200)).status).toBe(200);
});

it('of one tenant is none of another', async () => {
  await call(429, { 'retry-after': '600' });
  const other = new CallBudget(() => nowMs);
  expect((await other.sendRequest(request, () => Promise.resolve(answer(200)))).status).toBe(200);
});
