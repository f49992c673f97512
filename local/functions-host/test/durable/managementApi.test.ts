import type { OrchestrationContext } from 'durable-functions';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { df, type EngineUnderTest, openEngine } from './engineHarness.ts';

const runs: unknown[] = [];
df.app.activity('run', { handler: (input: unknown) => runs.push(input) });
df.app.orchestration('quick', function* (context: OrchestrationContext) {
  const input = context.df.getInput<{ fail?: boolean }>();
  yield context.df.callActivity('run', input);
  if (input.fail === true) throw new Error('asked for');
  return input;
});
df.app.orchestration('waiting', function* (context: OrchestrationContext) {
  const value: unknown = yield context.df.waitForExternalEvent('go');
  yield context.df.callActivity('run', value);
  return value;
});
df.app.orchestration('sleeps', function* (context: OrchestrationContext) {
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 3_600_000));
});
df.app.orchestration('parent', function* (context: OrchestrationContext) {
  try {
    yield context.df.callSubOrchestrator('waiting', null, 'the-child');
    return 'no error';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
});

let engine: EngineUnderTest;
beforeEach(async () => {
  runs.length = 0;
  engine = await openEngine();
});
afterEach(() => engine.stop());

const command = (id: string, verb: string) => engine.call('POST', `instances/${id}/${verb}`);
const ids = (body: string): string[] =>
  z
    .array(z.object({ instanceId: z.string() }))
    .parse(JSON.parse(body))
    .map(({ instanceId }) => instanceId);

describe('start', () => {
  it('returns 202 with the management addresses, and 409 while a running instance has the id', async () => {
    const response = await engine.call('POST', 'orchestrators/waiting/mine', { a: 1 });
    expect(response.status).toBe(202);
    expect(response.headers['location']).toMatch(
      /^http:\/\/host\/durabletask\/instances\/mine\?taskHub=.*code=key$/,
    );
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(response.body)).toMatchObject({
      id: 'mine',
      terminatePostUri: expect.stringContaining(
        '/instances/mine/terminate?reason={text}',
      ) as string,
    });
    expect((await engine.call('POST', 'orchestrators/waiting/mine')).status).toBe(409);
    await command('mine', 'terminate?reason=enough');
    await engine.host.idle();
    expect((await engine.call('POST', 'orchestrators/quick/mine')).status).toBe(202);
  });

  it('refuses bad JSON, unknown functions and bad ids', async () => {
    expect((await engine.call('POST', 'orchestrators/unknown')).status).toBe(400);
    expect((await engine.call('POST', `orchestrators/quick/${'x'.repeat(101)}`)).status).toBe(400);
    expect((await engine.call('POST', 'orchestrators/quick/%40a')).status).toBe(400);
    const bad = await engine.host.handle({
      method: 'POST',
      path: 'orchestrators/quick',
      query: new URLSearchParams(),
      headers: {},
      body: '{',
      base: 'http://host',
      systemKey: 'key',
    });
    expect(bad.status).toBe(400);
  });

  it('starts one instance when two callers use the same id at once', async () => {
    const responses = await Promise.all(
      [1, 2].map((n) => engine.call('POST', 'orchestrators/quick/mine', n)),
    );
    expect(responses.map(({ status }) => status).sort()).toEqual([202, 409]);
    await engine.host.idle();
    expect(runs).toHaveLength(1);
  });

  it.each(['timeout=0', 'timeout=x', 'timeout=1&pollingInterval=0', 'timeout=1&pollingInterval=2'])(
    'refuses to wait with %s',
    async (query) => {
      expect((await engine.call('POST', `orchestrators/quick?${query}`)).status).toBe(400);
    },
  );

  it('waits for the result with a timeout', async () => {
    const response = await engine.call(
      'POST',
      'orchestrators/quick?timeout=10&pollingInterval=0.05',
      { a: 1 },
    );
    expect([response.status, JSON.parse(response.body)]).toEqual([200, { a: 1 }]);
  });
});

describe('status', () => {
  it('is 202 while the instance runs, 200 at its end, 404 for an unknown one', async () => {
    await engine.start('waiting', { a: 1 }, 'mine');
    await engine.host.idle();
    const running = await engine.call('GET', 'instances/mine');
    expect([running.status, running.headers['retry-after']]).toEqual([202, '5']);
    expect(JSON.parse(running.body)).toEqual({
      name: 'waiting',
      instanceId: 'mine',
      runtimeStatus: 'Running',
      input: { a: 1 },
      customStatus: null,
      output: null,
      createdTime: '2026-11-20T08:00:00Z',
      lastUpdatedTime: '2026-11-20T08:00:00Z',
    });
    expect((await engine.call('GET', 'instances/none')).status).toBe(404);
    expect(
      JSON.parse((await engine.call('GET', 'instances/mine?showInput=false')).body),
    ).toMatchObject({ input: null });
  });

  it('shows a condensed history, and 500 for a failure with returnInternalServerErrorOnFailure', async () => {
    await engine.start('quick', { fail: true }, 'bad');
    await engine.host.idle();
    expect((await engine.call('GET', 'instances/bad')).status).toBe(200);
    expect(
      (await engine.call('GET', 'instances/bad?returnInternalServerErrorOnFailure=true')).status,
    ).toBe(500);
    const { historyEvents } = z
      .object({ historyEvents: z.array(z.looseObject({ EventType: z.string() })) })
      .parse(JSON.parse((await engine.call('GET', 'instances/bad?showHistory=true')).body));
    expect(historyEvents.map(({ EventType }) => EventType)).toEqual([
      'ExecutionStarted',
      'TaskCompleted',
      'ExecutionCompleted',
    ]);
    expect(historyEvents[1]).toMatchObject({ FunctionName: 'run' });
  });
});

describe('list', () => {
  it('filters by status, prefix and time, and returns pages', async () => {
    for (const n of [1, 2, 3]) await engine.start('waiting', n, `w-${String(n)}`);
    await engine.start('quick', 1, 'q-1');
    await engine.host.idle();
    expect(ids((await engine.call('GET', 'instances?runtimeStatus=Running')).body)).toEqual([
      'w-1',
      'w-2',
      'w-3',
    ]);
    expect(ids((await engine.call('GET', 'instances?instanceIdPrefix=q')).body)).toEqual(['q-1']);
    expect(
      ids((await engine.call('GET', 'instances?runtimeStatus=running,Unknown')).body),
    ).toHaveLength(4);
    expect(
      ids((await engine.call('GET', 'instances?createdTimeFrom=2027-01-01T00:00:00Z')).body),
    ).toEqual([]);
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const page = await engine.call(
        'GET',
        'instances?top=3',
        undefined,
        token === undefined ? {} : { 'x-ms-continuation-token': token },
      );
      seen.push(...ids(page.body));
      token = page.headers['x-ms-continuation-token'];
    } while (token !== undefined);
    expect(seen).toEqual(['q-1', 'w-1', 'w-2', 'w-3']);
  });
});

describe('commands', () => {
  it('terminate ends an instance with the reason; later commands return 410', async () => {
    await engine.start('waiting', null, 'mine');
    expect((await command('mine', 'terminate?reason=enough')).status).toBe(202);
    await engine.host.idle();
    expect(await engine.status('mine')).toMatchObject({
      runtimeStatus: 'Terminated',
      output: 'enough',
    });
    for (const verb of ['terminate', 'suspend', 'resume', 'raiseEvent/go'])
      expect((await command('mine', verb)).status).toBe(410);
    expect((await command('none', 'terminate')).status).toBe(404);
  });

  it('terminate of a child fails its parent, as on Azure', async () => {
    await engine.start('parent', null, 'the-parent');
    await engine.host.idle();
    await command('the-child', 'terminate?reason=stop');
    await engine.host.idle();
    expect(await engine.status('the-parent')).toMatchObject({
      runtimeStatus: 'Failed',
      output: expect.stringContaining('Non-Deterministic workflow detected') as string,
    });
  });

  it('raiseEvent accepts JSON only', async () => {
    await engine.start('waiting', null, 'mine');
    expect(
      (
        await engine.call('POST', 'instances/mine/raiseEvent/go', 1, {
          'content-type': 'text/plain',
        })
      ).status,
    ).toBe(400);
    expect((await engine.call('POST', 'instances/none/raiseEvent/go', 1)).status).toBe(404);
  });

  it('restart starts an instance with the same input, under a new id or its own', async () => {
    await engine.start('quick', { a: 1 }, 'mine');
    await engine.host.idle();
    const response = await command('mine', 'restart');
    const { id } = z.object({ id: z.string() }).parse(JSON.parse(response.body));
    expect([response.status, id === 'mine']).toEqual([202, false]);
    expect((await command('mine', 'restart?restartWithNewInstanceId=false')).status).toBe(202);
    await engine.host.idle();
    expect(runs).toEqual([{ a: 1 }, { a: 1 }, { a: 1 }]);
    expect((await engine.status(id)).output).toEqual({ a: 1 });
  });

  it('restart of a missing instance returns 400, of a running one under its id 409', async () => {
    expect((await command('none', 'restart')).status).toBe(400);
    await engine.start('sleeps', null, 'mine');
    await engine.host.idle();
    expect((await command('mine', 'restart?restartWithNewInstanceId=false')).status).toBe(409);
  });

  it('a path that cannot be decoded returns 400, and every request 503 after the stop', async () => {
    const path = (text: string) =>
      engine.host.handle({
        method: 'POST',
        path: text,
        query: new URLSearchParams(),
        headers: {},
        body: '',
        base: 'http://host',
        systemKey: 'key',
      });
    expect((await path('instances/%zz')).status).toBe(400);
    await engine.host.stop();
    expect((await path('orchestrators/quick')).status).toBe(503);
  });

  it('rewind and entities are refused with 501', async () => {
    await engine.start('quick', null, 'mine');
    expect((await command('mine', 'rewind?reason=x')).status).toBe(501);
    expect((await engine.call('GET', 'entities')).status).toBe(501);
  });

  it('purge deletes one instance, or all ended ones since a time', async () => {
    await engine.start('quick', 1, 'ended');
    await engine.start('waiting', 1, 'running');
    await engine.host.idle();
    expect(JSON.parse((await engine.call('DELETE', 'instances/ended')).body)).toEqual({
      instancesDeleted: 1,
    });
    expect((await engine.call('GET', 'instances/ended')).status).toBe(404);
    await engine.start('quick', 1, 'ended-2');
    await engine.host.idle();
    expect((await engine.call('DELETE', 'instances')).status).toBe(400);
    expect(
      JSON.parse(
        (await engine.call('DELETE', 'instances?createdTimeFrom=2026-01-01T00:00:00Z')).body,
      ),
    ).toEqual({ instancesDeleted: 1 });
    expect(
      (await engine.call('DELETE', 'instances?createdTimeFrom=2026-01-01T00:00:00Z')).status,
    ).toBe(404);
    expect((await engine.status('running')).runtimeStatus).toBe('Running');
  });

  it('purge of a running instance is refused', async () => {
    await engine.start('sleeps', null, 'mine');
    await engine.host.idle();
    expect(await engine.call('DELETE', 'instances/mine')).toMatchObject({
      status: 412,
      body: expect.stringContaining(
        'Only orchestrations in a terminal state can be purged',
      ) as unknown,
    });
    expect((await engine.status('mine')).runtimeStatus).toBe('Running');
  });
});
