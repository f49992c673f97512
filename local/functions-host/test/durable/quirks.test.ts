import type { OrchestrationContext } from 'durable-functions';
import { afterEach, expect, it } from 'vitest';
import { df, type EngineUnderTest, openEngine, startMs } from './engineHarness.ts';

const dayMs = 24 * 3_600_000;
df.app.orchestration('waitsFor', function* (context: OrchestrationContext) {
  yield context.df.createTimer(new Date(startMs + Number(context.df.getInput())));
  return context.df.currentUtcDateTime.getTime() - startMs;
});

let engine: EngineUnderTest;
afterEach(() => engine.stop());

it('fires a timer up to a second before its due time', async () => {
  engine = await openEngine({ quirks: { timerLeadMs: () => 900 } });
  const id = await engine.start('waitsFor', 60_000);
  await engine.settle();
  expect(await engine.status(id)).toMatchObject({ runtimeStatus: 'Completed', output: 59_100 });
});

it('agrees with the library about the timers of a chain that fire early', async () => {
  engine = await openEngine({ quirks: { timerLeadMs: () => 900 } });
  const id = await engine.start('waitsFor', 20 * dayMs);
  await engine.settle();
  // The last timer of the chain exists because the one before it fired early.
  expect(await engine.status(id)).toMatchObject({ runtimeStatus: 'Completed', output: 20 * dayMs });
});
