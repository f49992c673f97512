import { describe, expect, it } from 'vitest';
import { codesOf, jobRequest, TestGraph } from '../testGraph.ts';
import { callsTo } from './faultLog.ts';

const plan = (...faults: object[]) => ({ faults: { faults } });
const once = { operation: 'createJob', occurrence: 1 };

describe('throttling', () => {
  it('asks for seconds', async () => {
    const graph = new TestGraph(plan({ kind: 'throttledSeconds', ...once, retryAfterSeconds: 7 }));
    const reply = await graph.post('', jobRequest());
    expect([reply.status, reply.headers.get('retry-after'), codesOf(reply)]).toEqual([
      429,
      '7',
      ['TooManyRequests'],
    ]);
    expect((await graph.get('/$count')).text).toBe('0');
  });

  it('asks for an hour', async () => {
    const graph = new TestGraph(plan({ kind: 'throttledHour', ...once }));
    expect((await graph.post('', jobRequest())).headers.get('retry-after')).toBe('3600');
  });

  it('asks for a day at most', async () => {
    const graph = new TestGraph(
      plan({ kind: 'throttledSeconds', ...once, retryAfterSeconds: 86_400 }),
    );
    expect((await graph.post('', jobRequest())).headers.get('retry-after')).toBe('86400');
  });

  it('names a date, on a clock that may be off', async () => {
    for (const [skewSeconds, date] of [
      [0, 'Wed, 04 Nov 2026 20:00:00 GMT'],
      [-7_200, 'Wed, 04 Nov 2026 18:00:00 GMT'],
    ] as const) {
      const graph = new TestGraph(
        plan({ kind: 'throttledDate', ...once, retryAfterSeconds: 90, skewSeconds }),
      );
      const { status, headers } = await graph.post('', jobRequest());
      const retryAfter = headers.get('retry-after') ?? '';
      expect([status, headers.get('date'), Date.parse(retryAfter) - Date.parse(date)]).toEqual([
        429,
        date,
        90_000,
      ]);
      expect(retryAfter).toMatch(/ GMT$/);
    }
  });

  it('has no Retry-After, and applies to no later call', async () => {
    const graph = new TestGraph(plan({ kind: 'throttledSilent', ...once }));
    const reply = await graph.post('', jobRequest());
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, null]);
    expect((await graph.post('', jobRequest())).status).toBe(201);
  });

  it.each(['error503RetryAfter', 'error504RetryAfter'])('comes as %s, too', async (kind) => {
    const graph = new TestGraph(plan({ kind, effect: 'before', ...once, retryAfterSeconds: 11 }));
    const reply = await graph.post('', jobRequest());
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([
      Number(kind.slice(5, 8)),
      '11',
    ]);
    expect((await graph.post('', jobRequest())).status).toBe(429);
  });
});

describe('a Retry-After', () => {
  it('is enforced until it is over, and every call inside is in the log', async () => {
    const graph = new TestGraph(plan({ kind: 'throttledSeconds', ...once, retryAfterSeconds: 30 }));
    await graph.post('', jobRequest());
    graph.clock.advance(10_500);
    const early = await graph.post('', jobRequest());
    expect([early.status, early.headers.get('retry-after')]).toEqual([429, '20']);
    graph.clock.advance(19_499);
    expect((await graph.post('', jobRequest())).status).toBe(429);
    graph.clock.advance(1);
    expect((await graph.post('', jobRequest())).status).toBe(201);
    const rows = await callsTo(graph.emulator);
    expect(
      rows.map(({ fault, faultEffect, insideRetryAfter, effect }) => [
        fault,
        faultEffect,
        insideRetryAfter,
        effect !== null,
      ]),
    ).toEqual([
      ['throttledSeconds', 'before', false, false],
      ['throttledSeconds', 'before', true, false],
      ['throttledSeconds', 'before', true, false],
      [null, null, false, true],
    ]);
  });

  it('holds back the one job whose create was throttled, also with another date', async () => {
    const graph = new TestGraph(plan({ kind: 'throttledSeconds', ...once }));
    await graph.post('', jobRequest());
    expect((await graph.post('', jobRequest({ displayName: 'wave07-b004' }))).status).toBe(201);
    expect(
      (await graph.post('', jobRequest({ completeAfterDateTime: '2026-12-01T22:00:00Z' }))).status,
    ).toBe(429);
  });

  it.each([
    [undefined, [429, 200, 200]],
    ['call', [429, 200, 200]],
    ['operation', [429, 429, 200]],
    ['tenant', [429, 429, 429]],
  ])(
    'with the scope %s holds back the same call, another job, another operation: %j',
    async (scope, expected) => {
      const graph = new TestGraph(
        plan({
          kind: 'throttledSeconds',
          operation: 'getJob',
          occurrence: 1,
          ...(scope === undefined ? {} : { scope }),
        }),
      );
      const [one, two] = [
        await graph.created({ displayName: 'one' }),
        await graph.created({ displayName: 'two' }),
      ];
      expect((await graph.get(`/${one}`)).status).toBe(429);
      expect([
        (await graph.get(`/${one}`)).status,
        (await graph.get(`/${two}`)).status,
        (await graph.get('')).status,
      ]).toEqual(expected);
    },
  );
});
