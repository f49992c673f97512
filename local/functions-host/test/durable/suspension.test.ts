import type { OrchestrationContext } from 'durable-functions';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { df, type EngineUnderTest, openEngine } from './engineHarness.ts';

const runs: unknown[] = [];
df.app.activity('run', { handler: (input: unknown) => runs.push(input) });
df.app.orchestration('waiting', function* (context: OrchestrationContext) {
  const value: unknown = yield context.df.waitForExternalEvent('go');
  yield context.df.callActivity('run', value);
  return value;
});

let engine: EngineUnderTest;
beforeEach(async () => {
  runs.length = 0;
  engine = await openEngine();
});
afterEach(() => engine.stop());

const command = (id: string, verb: string) => engine.call('POST', `instances/${id}/${verb}`);

describe('a suspended instance', () => {
  it('consumes nothing until it is resumed', async () => {
    await engine.start('waiting', null, 'mine');
    await engine.host.idle();
    expect((await command('mine', 'resume')).status).toBe(500);
    expect((await command('mine', 'suspend?reason=wait')).status).toBe(202);
    await engine.host.idle();
    expect((await engine.status('mine')).runtimeStatus).toBe('Suspended');
    expect((await command('mine', 'suspend')).status).toBe(500);
    await engine.call('POST', 'instances/mine/raiseEvent/go', 'value');
    await engine.host.idle();
    expect([(await engine.status('mine')).runtimeStatus, runs]).toEqual(['Suspended', []]);
    expect((await command('mine', 'resume')).status).toBe(202);
    await engine.host.idle();
    expect(await engine.status('mine')).toMatchObject({
      runtimeStatus: 'Completed',
      output: 'value',
    });
    expect(runs).toEqual(['value']);
  });

  it('needs only one resume, however often it was suspended', async () => {
    await engine.start('waiting', null, 'mine');
    await engine.host.idle();
    await Promise.all([
      command('mine', 'suspend?reason=a'),
      command('mine', 'suspend?reason=b'),
      engine.call('POST', 'instances/mine/raiseEvent/go', 'value'),
    ]);
    await engine.host.idle();
    expect(await engine.status('mine')).toMatchObject({ runtimeStatus: 'Suspended', output: 'b' });
    expect(runs).toEqual([]);
    await command('mine', 'resume');
    await engine.host.idle();
    expect(await engine.status('mine')).toMatchObject({
      runtimeStatus: 'Completed',
      output: 'value',
    });
  });

  it('can be terminated', async () => {
    await engine.start('waiting', null, 'mine');
    await engine.host.idle();
    await command('mine', 'suspend');
    await engine.host.idle();
    await command('mine', 'terminate?reason=enough');
    await engine.host.idle();
    expect(await engine.status('mine')).toMatchObject({
      runtimeStatus: 'Terminated',
      output: 'enough',
    });
  });
});
