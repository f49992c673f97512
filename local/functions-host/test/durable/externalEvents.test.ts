import type { OrchestrationContext, Task } from 'durable-functions';
import { afterEach, describe, expect, it } from 'vitest';
import { df, type EngineUnderTest, openEngine, startMs } from './engineHarness.ts';

df.app.activity('echo', { handler: (input: unknown) => input });
df.app.orchestration('race', function* (context: OrchestrationContext) {
  const timer = context.df.createTimer(
    new Date(context.df.currentUtcDateTime.getTime() + 3_600_000),
  );
  const event = context.df.waitForExternalEvent('go');
  const winner: unknown = yield context.df.Task.any([timer, event]);
  if (winner === timer) return 'late';
  timer.cancel();
  return event.result;
});
df.app.orchestration('waits', function* (context: OrchestrationContext) {
  context.df.setCustomStatus({ waiting: true });
  const first: unknown = yield context.df.waitForExternalEvent('step');
  const second: unknown = yield context.df.waitForExternalEvent('step');
  return [first, second];
});
df.app.orchestration('abandonsWaits', function* (context: OrchestrationContext) {
  yield context.df.Task.any([
    context.df.waitForExternalEvent('x'),
    context.df.callActivity('echo', 1),
  ] as Task[]);
  const value: unknown = yield context.df.waitForExternalEvent('x');
  const after: unknown = yield context.df.callActivity('echo', 'after');
  return [value, after];
});
df.app.orchestration('cancelsAndWaits', function* (context: OrchestrationContext) {
  const timer = context.df.createTimer(
    new Date(context.df.currentUtcDateTime.getTime() + 3_600_000),
  );
  yield context.df.Task.any([timer, context.df.waitForExternalEvent('go')] as Task[]);
  timer.cancel();
  yield context.df.waitForExternalEvent('end');
});

let engine: EngineUnderTest;
afterEach(() => engine.stop());

describe('an external event', () => {
  it('wins a race against a timer, which is then not waited for', async () => {
    engine = await openEngine();
    const id = await engine.start('race');
    await engine.host.idle();
    await engine.call('POST', `instances/${id}/raiseEvent/go`, { by: 'somebody' });
    await engine.host.idle();
    expect(await engine.status(id)).toMatchObject({
      runtimeStatus: 'Completed',
      output: { by: 'somebody' },
    });
    expect(engine.clock.nextAtMs()).toBeUndefined();
  });

  it('that does not arrive loses a race against a timer', async () => {
    engine = await openEngine();
    const id = await engine.start('race');
    await engine.settle();
    expect(await engine.status(id)).toMatchObject({ runtimeStatus: 'Completed', output: 'late' });
    expect(engine.clock.now()).toBe(startMs + 3_600_000);
  });

  it('goes to the latest wait, not to an abandoned one', async () => {
    engine = await openEngine();
    const id = await engine.start('abandonsWaits');
    await engine.host.idle();
    await engine.call('POST', `instances/${id}/raiseEvent/x`, 7);
    await engine.host.idle();
    expect(await engine.status(id)).toMatchObject({
      runtimeStatus: 'Completed',
      output: [7, 'after'],
    });
  });

  it('lets the instance cancel its timer at once and continue', async () => {
    engine = await openEngine();
    const id = await engine.start('cancelsAndWaits');
    await engine.host.idle();
    expect(engine.clock.nextAtMs()).toBe(startMs + 3_600_000);
    await engine.call('POST', `instances/${id}/raiseEvent/go`, 1);
    await engine.host.idle();
    expect((await engine.status(id)).runtimeStatus).toBe('Running');
    expect(engine.clock.nextAtMs()).toBeUndefined();
  });

  it('that arrives before its wait is delivered to it, in the order of arrival', async () => {
    engine = await openEngine();
    const id = await engine.start('waits');
    await engine.call('POST', `instances/${id}/raiseEvent/step`, 1);
    await engine.call('POST', `instances/${id}/raiseEvent/step`, 2);
    await engine.host.idle();
    expect(await engine.status(id)).toMatchObject({
      runtimeStatus: 'Completed',
      output: [1, 2],
      customStatus: { waiting: true },
    });
  });
});
