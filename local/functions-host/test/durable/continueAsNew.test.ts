import type { OrchestrationContext, Task } from 'durable-functions';
import { afterEach, describe, expect, it } from 'vitest';
import { df, type EngineUnderTest, openEngine, startMs } from './engineHarness.ts';

const seen: unknown[] = [];
df.app.activity('see', { handler: (input: unknown) => seen.push(input) });
df.app.orchestration('inbox', function* (context: OrchestrationContext) {
  const { read } = context.df.getInput<{ read: unknown[] } | null>() ?? { read: [] };
  context.df.setCustomStatus({ read });
  const next: unknown = yield context.df.waitForExternalEvent('item');
  if (next === 'end') return read;
  context.df.continueAsNew({ read: [...read, next] });
  return null;
});
df.app.orchestration('racing', function* (context: OrchestrationContext) {
  const { n } = context.df.getInput<{ n: number } | null>() ?? { n: 0 };
  const timer = context.df.createTimer(
    new Date(context.df.currentUtcDateTime.getTime() + 3_600_000),
  );
  const event = context.df.waitForExternalEvent('go');
  const winner: unknown = yield context.df.Task.any([timer, event] as Task[]);
  if (winner !== timer) timer.cancel();
  if (n < 3) context.df.continueAsNew({ n: n + 1 });
  return n;
});
df.app.orchestration('racingAfterAnActivity', function* (context: OrchestrationContext) {
  const { n } = context.df.getInput<{ n: number } | null>() ?? { n: 0 };
  yield context.df.callActivity('see', n);
  const timer = context.df.createTimer(
    new Date(context.df.currentUtcDateTime.getTime() + 3_600_000),
  );
  const event = context.df.waitForExternalEvent('go');
  const winner: unknown = yield context.df.Task.any([timer, event] as Task[]);
  if (winner !== timer) timer.cancel();
  context.df.continueAsNew({ n: n + 1 });
});
df.app.orchestration('text', function* (context: OrchestrationContext) {
  yield context.df.callActivity('see', context.df.getInput());
  if (context.df.getInput() === 'ax') context.df.continueAsNew('ax');
});
df.app.orchestration('keepsTimerOpen', function* (context: OrchestrationContext) {
  const { n } = context.df.getInput<{ n: number } | null>() ?? { n: 0 };
  const timer = context.df.createTimer(
    new Date(context.df.currentUtcDateTime.getTime() + 3_600_000),
  );
  yield context.df.Task.any([timer, context.df.callActivity('see', n)]);
  if (n === 0) context.df.continueAsNew({ n: 1 });
  return n;
});

let engine: EngineUnderTest;
afterEach(async () => {
  await engine.stop();
  seen.length = 0;
});

describe('continue as new', () => {
  it('carries over the events that arrived after it, in their order, and the custom status', async () => {
    engine = await openEngine();
    const id = await engine.start('inbox');
    // All arrive before the first turn. That turn reads the first, each further generation the next
    // one.
    await Promise.all(
      [1, 2, 3].map((n) => engine.call('POST', `instances/${id}/raiseEvent/item`, n)),
    );
    await engine.host.idle();
    expect(await engine.status(id)).toMatchObject({
      runtimeStatus: 'Running',
      customStatus: { read: [1, 2, 3] },
    });
    await engine.call('POST', `instances/${id}/raiseEvent/item`, 'end');
    await engine.host.idle();
    expect(await engine.status(id)).toMatchObject({
      runtimeStatus: 'Completed',
      output: [1, 2, 3],
    });
  });

  it('drops the events that were not read', async () => {
    engine = await openEngine();
    const id = await engine.start('inbox');
    await engine.call('POST', `instances/${id}/raiseEvent/other`, 1);
    await engine.call('POST', `instances/${id}/raiseEvent/item`, 1);
    await engine.host.idle();
    const body = JSON.parse(
      (await engine.call('GET', `instances/${id}?showHistory=true`)).body,
    ) as { historyEvents: { EventType: string }[] };
    expect(body.historyEvents.map(({ EventType }) => EventType)).toEqual(['ExecutionStarted']);
  });

  it('cancels the timers of former generations', async () => {
    engine = await openEngine();
    const id = await engine.start('racing');
    for (let n = 0; n <= 3; n += 1) {
      await engine.host.idle();
      await engine.call('POST', `instances/${id}/raiseEvent/go`, n);
    }
    await engine.host.idle();
    expect(await engine.status(id)).toMatchObject({ runtimeStatus: 'Completed', output: 3 });
    expect(engine.clock.nextAtMs()).toBeUndefined();
  });

  // The other timer is cancelled. At the next replay it is done before the event arrives, so the
  // next generation gets the event too.
  it('delivers an event that has won a race again in the next generation', async () => {
    engine = await openEngine();
    const id = await engine.start('racingAfterAnActivity');
    await engine.host.idle();
    await engine.call('POST', `instances/${id}/raiseEvent/go`, 1);
    await engine.host.idle();
    expect(seen).toEqual([0, 1, 2]);
    expect(await engine.status(id)).toMatchObject({ runtimeStatus: 'Running', input: { n: 2 } });
  });

  it('delivers it in every generation that contains nothing but the wait', async () => {
    engine = await openEngine();
    const id = await engine.start('racing');
    await engine.host.idle();
    await engine.call('POST', `instances/${id}/raiseEvent/go`, 1);
    await engine.host.idle();
    expect(await engine.status(id)).toMatchObject({ runtimeStatus: 'Completed', output: 3 });
  });

  it('waits for a timer that was not cancelled', async () => {
    engine = await openEngine();
    const id = await engine.start('keepsTimerOpen');
    await engine.host.idle();
    expect([seen, (await engine.status(id)).runtimeStatus]).toEqual([[0], 'Running']);
    engine.clock.advance(3_600_000);
    await engine.host.idle();
    expect(seen).toEqual([0, 1]);
    await engine.settle();
    expect(await engine.status(id)).toMatchObject({ runtimeStatus: 'Completed', output: 1 });
    expect(engine.clock.now()).toBe(startMs + 2 * 3_600_000);
  });

  it('returns a text in quotes, as the extension does', async () => {
    engine = await openEngine();
    await engine.start('text', 'ax');
    await engine.host.idle();
    expect(seen).toEqual(['ax', '"ax"']);
  });
});
