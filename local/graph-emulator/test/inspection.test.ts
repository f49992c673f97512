import { describe, expect, it } from 'vitest';
import type { LoggedRequest } from '../createEmulator.ts';
import { callsTo } from './faults/faultLog.ts';
import { jobRequest, jobsPath, minute, TestGraph, userId } from './testGraph.ts';

/** What the emulator has seen, without the requests for tokens; no fault is in it where none is planned. */
async function logOf({ emulator }: TestGraph): Promise<readonly LoggedRequest[]> {
  const log = await callsTo(emulator);
  for (const row of log)
    expect(row).toMatchObject({ fault: null, faultEffect: null, insideRetryAfter: false });
  return log;
}

describe('/_emulator/log', () => {
  it('has every request with its effect, in order', async () => {
    const graph = new TestGraph();
    const id = await graph.created();
    graph.clock.advance(minute);
    await graph.act(id, 'validate');
    await graph.post(`/${id}/migrate`);
    const reply = await graph.call('GET', `/${id}?$select=id`, undefined, {
      'client-request-id': 'mine',
    });
    const log = await logOf(graph);
    expect(
      log.map(({ at, method, path, status, effect, operation }) => [
        at,
        method,
        path,
        status,
        effect,
        operation,
      ]),
    ).toEqual([
      ['2026-11-04T20:00:00.000Z', 'POST', jobsPath, 201, `create ${id}`, 'createJob'],
      [
        '2026-11-04T20:01:00.000Z',
        'POST',
        `${jobsPath}/${id}/validate`,
        200,
        'validate',
        'validateJob',
      ],
      ['2026-11-04T20:01:00.000Z', 'POST', `${jobsPath}/${id}/migrate`, 409, null, 'migrateJob'],
      ['2026-11-04T20:01:00.000Z', 'GET', `${jobsPath}/${id}`, 200, null, 'getJob'],
    ]);
    expect(log.at(-1)).toMatchObject({
      requestId: reply.headers.get('request-id'),
      clientRequestId: 'mine',
    });
  });
});

describe('/_emulator/jobs', () => {
  it('has every job with its users, also a deleted one, and asks for no token', async () => {
    const graph = new TestGraph();
    const id = await graph.created();
    await graph.act(id, 'cancel');
    graph.clock.advance(5 * minute);
    await graph.call('DELETE', `/${id}`);
    graph.clock.advance(100 * minute);
    expect((await graph.get(`/${id}`)).status).toBe(404);
    const response = await graph.fetch(new Request('http://graph.test/_emulator/jobs'));
    expect(await response.json()).toMatchObject({
      value: [{ id, displayName: 'wave07-b003', status: 'deleted', users: [userId(1), userId(2)] }],
    });
  });
});

describe('interference', () => {
  const isCreate = (request: Request): boolean =>
    request.method === 'POST' && request.url.endsWith(jobsPath);

  it('can replace the response before the call takes effect', async () => {
    const graph = new TestGraph({
      interference: {
        before: (request) =>
          Promise.resolve(
            isCreate(request)
              ? new Response(null, { status: 429, headers: { 'retry-after': '7' } })
              : undefined,
          ),
      },
    });
    const reply = await graph.post('', jobRequest());
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '7']);
    expect((await graph.get('/$count')).text).toBe('0');
    expect((await logOf(graph))[0]).toMatchObject({ method: 'POST', status: 429, effect: null });
  });

  it('can replace the response after the call took effect', async () => {
    const graph = new TestGraph({
      interference: {
        after: (request) =>
          Promise.resolve(isCreate(request) ? new Response(null, { status: 504 }) : undefined),
      },
    });
    expect((await graph.post('', jobRequest())).status).toBe(504);
    expect((await graph.get('/wave07-b003')).status).toBe(200);
  });

  it.each([
    ['before', '0'],
    ['after', '1'],
  ])('may drop the connection %s the job is made', async (when, count) => {
    const drop = (request: Request): Promise<undefined> =>
      isCreate(request)
        ? Promise.reject(new Error('connection reset'))
        : Promise.resolve(undefined);
    const graph = new TestGraph({ interference: { [when]: drop } });
    await expect(graph.post('', jobRequest())).rejects.toThrow('connection reset');
    expect((await graph.get('/$count')).text).toBe(count);
    expect((await logOf(graph))[0]).toMatchObject({
      method: 'POST',
      status: when === 'before' ? 0 : 201,
    });
  });
});
