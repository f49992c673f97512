import type { OrchestrationContext } from 'durable-functions';
import { afterEach, describe, expect, it } from 'vitest';
import { df, type EngineUnderTest, openEngine } from './engineHarness.ts';

const runs: string[] = [];
df.app.activity('work', {
  handler: (input: string) => {
    runs.push(input);
    return runs.length;
  },
});
df.app.orchestration('worker', function* (context: OrchestrationContext) {
  const input = String(context.df.getInput());
  context.df.setCustomStatus(input);
  const run: unknown = yield context.df.callActivity('work', input);
  if (input === 'fails') throw new Error('on purpose');
  if (input === 'waits') yield context.df.waitForExternalEvent('end');
  return run;
});
df.app.orchestration('again', function* (context: OrchestrationContext) {
  const inputs = context.df.getInput<string[]>();
  const results: unknown[] = [];
  for (const input of inputs) {
    try {
      results.push(yield context.df.callSubOrchestrator('worker', input, 'the-worker'));
    } catch (error) {
      results.push(error instanceof Error ? error.message : '');
    }
  }
  return results;
});

let engine: EngineUnderTest;
afterEach(async () => {
  await engine.stop();
  runs.length = 0;
});

describe('a sub-orchestration with the id of an instance', () => {
  it('that has completed or failed is a new execution', async () => {
    engine = await openEngine();
    const id = await engine.start('again', ['one', 'fails', 'two']);
    await engine.settle();
    expect((await engine.status(id)).output).toEqual([1, expect.stringContaining('on purpose'), 3]);
    expect(runs).toEqual(['one', 'fails', 'two']);
    expect(await engine.status('the-worker')).toMatchObject({
      runtimeStatus: 'Completed',
      input: 'two',
      output: 3,
      customStatus: 'two',
    });
  });

  it('that was terminated is a new execution, of another parent', async () => {
    engine = await openEngine();
    await engine.start('again', ['waits'], 'first');
    await engine.host.idle();
    await engine.call('POST', 'instances/the-worker/terminate?reason=mistake');
    await engine.settle();
    await engine.start('again', ['two'], 'second');
    await engine.settle();
    expect((await engine.status('second')).output).toEqual([2]);
    expect(await engine.status('the-worker')).toMatchObject({
      runtimeStatus: 'Completed',
      output: 2,
    });
  });

  it('that still runs is refused: the parent gets a failure, the log a warning', async () => {
    engine = await openEngine();
    await engine.start('again', ['waits'], 'first');
    await engine.host.idle();
    await engine.start('again', ['two'], 'second');
    await engine.host.idle();
    expect((await engine.status('second')).output).toEqual([
      expect.stringContaining('An Orchestration instance with the status Running already exists.'),
    ]);
    expect(engine.logged.join('\n')).toMatch(
      /warning: again \(second\) started worker under the id the-worker, whose instance is Running: refused here/,
    );
    await engine.call('POST', 'instances/the-worker/raiseEvent/end', null);
    await engine.host.idle();
    expect((await engine.status('first')).output).toEqual([1]);
  });
});

it('a start with the id of a running instance replaces it when overridableExistingInstanceStates is AnyState', async () => {
  engine = await openEngine({ settings: { overridableExistingInstanceStates: 'anyState' } });
  await engine.start('worker', 'waits', 'mine');
  await engine.host.idle();
  expect((await engine.call('POST', 'orchestrators/worker/mine', 'two')).status).toBe(202);
  await engine.host.idle();
  expect(await engine.status('mine')).toMatchObject({ runtimeStatus: 'Completed', output: 2 });
});
