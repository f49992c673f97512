import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { listen } from '../../listen.ts';
import { jobRequest, jobsPath, origin, TestGraph } from '../testGraph.ts';
import { callsTo } from './faultLog.ts';

/** The emulator with one fault on its first create, behind a port. */
async function serving(fault: object) {
  const graph = new TestGraph({
    faults: { faults: [{ operation: 'createJob', occurrence: 1, ...fault }] },
  });
  const listener = await listen('127.0.0.1', 0, (request) => graph.emulator.fetch(request));
  onTestFinished(() => listener.close());
  const authorization = `Bearer ${await graph.token()}`;
  const call = (method: string, path: string, body?: object): Promise<Response> =>
    fetch(`${listener.url}${jobsPath}${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    graph,
    create: () => call('POST', '', jobRequest()),
    count: async () => (await call('GET', '/$count')).text(),
  };
}

/** The code of what a promise is rejected with, or of its cause. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const error: unknown = await promise.then(
    () => 'nothing',
    (reason: unknown) => reason,
  );
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause ? cause.code : cause;
}

describe('over a socket', () => {
  it.each([
    ['before', '0'],
    ['after', '1'],
  ])('a connection is reset %s the effect, and the next call succeeds', async (effect, jobs) => {
    const { graph, create, count } = await serving({ kind: 'connectionReset', effect });
    expect(await failureOf(create())).toBe('ECONNRESET');
    expect(await count()).toBe(jobs);
    expect((await callsTo(graph.emulator))[0]).toMatchObject({
      status: 0,
      fault: 'connectionReset',
      faultEffect: effect,
    });
  });

  it('a response arrives in pieces, and is complete in the end', async () => {
    const { create, count } = await serving({ kind: 'slowDrip', chunks: 6, pauseMs: 30 });
    const response = await create();
    expect([response.status, response.headers.get('content-length')]).toEqual([201, null]);
    const pieces: Uint8Array[] = [];
    for await (const piece of response.body ?? [])
      pieces.push(z.instanceof(Uint8Array).parse(piece));
    expect(pieces.length).toBeGreaterThan(1);
    expect(JSON.parse(Buffer.concat(pieces).toString())).toMatchObject({ status: 'submitted' });
    expect(await count()).toBe('1');
  });

  it('a response is cut off by a reset', async () => {
    const { create, count } = await serving({ kind: 'truncatedBody' });
    const response = await create();
    expect([response.status, Number(response.headers.get('content-length')) > 100]).toEqual([
      201,
      true,
    ]);
    await expect(response.text()).rejects.toThrow();
    expect(await count()).toBe('1');
  });

  it('half of a response arrives as if it were complete', async () => {
    const { create } = await serving({ kind: 'truncatedJson' });
    const response = await create();
    const text = await response.text();
    expect([
      response.status,
      response.headers.get('content-type'),
      response.headers.get('content-length'),
    ]).toEqual([201, 'application/json', String(Buffer.byteLength(text))]);
    expect(text).toMatch(/^\{"@odata\.context"/);
    expect(() => JSON.parse(text) as unknown).toThrow();
  });

  it('what interferes may reset a connection, too', async () => {
    const graph = new TestGraph({
      interference: { before: () => Promise.reject(new Error('gone')) },
    });
    const listener = await listen('127.0.0.1', 0, (request) => graph.emulator.fetch(request));
    onTestFinished(() => listener.close());
    expect(await failureOf(fetch(`${listener.url}${jobsPath}`))).toBe('ECONNRESET');
  });
});

describe('in process', () => {
  const emulated = (fault: object): (() => Promise<Response>) => {
    const graph = new TestGraph({ faults: { faults: [{ rate: 1, ...fault }] } });
    return async () =>
      graph.fetch(
        new Request(`${origin}${jobsPath}`, {
          headers: { authorization: `Bearer ${await graph.token()}` },
        }),
      );
  };

  it('a reset rejects the call, and a cut rejects its body', async () => {
    expect(await failureOf(emulated({ kind: 'connectionReset', effect: 'before' })())).toBe(
      'ECONNRESET',
    );
    const cut = await emulated({ kind: 'truncatedBody' })();
    expect(cut.status).toBe(200);
    expect(await failureOf(cut.text())).toBe('ECONNRESET');
  });

  it.each([{ kind: 'connectionReset', effect: 'before' }, { kind: 'truncatedBody' }])(
    'a reset in a part of a batch fails that part: %j',
    async (fault) => {
      const graph = new TestGraph({
        faults: { faults: [{ operation: 'listJobs', occurrence: 1, ...fault }] },
      });
      const url = jobsPath.replace('/v1.0', '');
      const reply = await graph.call('POST', '/v1.0/$batch', {
        requests: ['1', '2'].map((id) => ({ id, method: 'GET', url })),
      });
      expect(reply.status).toBe(200);
      expect(reply.body).toMatchObject({
        responses: [
          { id: '2', status: 200 },
          { id: '1', status: 504 },
        ],
      });
      expect((await callsTo(graph.emulator)).map(({ operation }) => operation)).toEqual([
        'listJobs',
        'listJobs',
        'batch',
      ]);
    },
  );

  it('a drip needs no time when it has no pauses', async () => {
    const response = await emulated({ kind: 'slowDrip', pauseMs: 0 })();
    expect(await response.json()).toMatchObject({ value: [] });
  });
});
