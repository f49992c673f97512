import type { OrchestrationContext, Task } from 'durable-functions';
import { afterEach, describe, expect, it } from 'vitest';
import { df, type EngineUnderTest, openEngine } from './engineHarness.ts';

const done: string[] = [];
df.app.activity('note', { handler: (text: string) => done.push(text) });
df.app.orchestration('child', function* (context: OrchestrationContext) {
  yield context.df.waitForExternalEvent('end');
  yield context.df.callActivity('note', 'the child has ended');
  return 'ended';
});
df.app.orchestration('parent', function* (context: OrchestrationContext) {
  try {
    return (yield context.df.callSubOrchestrator('child', null, 'the-child')) as unknown;
  } catch {
    yield context.df.callActivity('note', 'the parent has caught');
    return 'caught';
  }
});
df.app.orchestration('retryingParent', function* (context: OrchestrationContext) {
  try {
    return (yield context.df.callSubOrchestratorWithRetry(
      'child',
      new df.RetryOptions(1_000, 3),
      null,
      'the-child',
    )) as unknown;
  } catch {
    return 'caught';
  }
});
df.app.orchestration('racingParent', function* (context: OrchestrationContext) {
  try {
    const timer = context.df.createTimer(
      new Date(context.df.currentUtcDateTime.getTime() + 3_600_000),
    );
    yield context.df.Task.any([
      timer,
      context.df.callSubOrchestrator('child', null, 'the-child'),
    ] as Task[]);
    return 'went on';
  } catch {
    return 'caught';
  }
});
df.app.orchestration('grandparent', function* (context: OrchestrationContext) {
  try {
    yield context.df.callSubOrchestrator(String(context.df.getInput()), null, 'the-parent');
    return 'no error';
  } catch (error) {
    yield context.df.callActivity('note', 'the grandparent has caught');
    return error instanceof Error ? error.message : '';
  }
});

let engine: EngineUnderTest;
afterEach(async () => {
  await engine.stop();
  done.length = 0;
});

describe('a sub-orchestration that is terminated', () => {
  it.each(['parent', 'retryingParent', 'racingParent'])(
    'fails its %s too, whatever that catches; the grandparent continues',
    async (parent) => {
      engine = await openEngine();
      await engine.start('grandparent', parent, 'the-grandparent');
      await engine.host.idle();
      await engine.call('POST', 'instances/the-child/terminate?reason=mistake');
      await engine.settle();
      expect(await engine.status('the-child')).toMatchObject({
        runtimeStatus: 'Terminated',
        output: 'mistake',
      });
      const { runtimeStatus, output } = await engine.status('the-parent');
      expect([runtimeStatus, output]).toEqual([
        'Failed',
        expect.stringMatching(/^Non-Deterministic workflow detected: /),
      ]);
      const grandparent = await engine.status('the-grandparent');
      expect(grandparent.runtimeStatus).toBe('Completed');
      expect(grandparent.output).toContain('Non-Deterministic workflow detected');
      expect(done).toEqual(['the grandparent has caught']);
    },
  );

  it('continues when its parent is terminated, which gets no result', async () => {
    engine = await openEngine();
    await engine.start('grandparent', 'parent', 'the-grandparent');
    await engine.host.idle();
    await engine.call('POST', 'instances/the-grandparent/terminate?reason=mistake');
    await engine.host.idle();
    expect([
      (await engine.status('the-parent')).runtimeStatus,
      (await engine.status('the-child')).runtimeStatus,
    ]).toEqual(['Running', 'Running']);
    await engine.call('POST', 'instances/the-child/raiseEvent/end', null);
    await engine.settle();
    expect(await engine.status('the-parent')).toMatchObject({
      runtimeStatus: 'Completed',
      output: 'ended',
    });
    expect(await engine.status('the-grandparent')).toMatchObject({
      runtimeStatus: 'Terminated',
      output: 'mistake',
    });
    expect(done).toEqual(['the child has ended']);
  });
});
