import type { OrchestrationContext } from 'durable-functions';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import {
  df,
  type EngineUnderTest,
  openEngine,
} from '../../local/functions-host/test/durable/engineHarness.ts';
import { hasWaitedOnly } from './eventOnly.ts';

const inputSchema = z.object({ works: z.boolean(), generation: z.int() });
df.app.activity('nothing', { handler: () => null });
/** Waits for a timer or an event and goes on as new; with `works` after an activity. */
df.app.orchestration('waiting', function* (context: OrchestrationContext) {
  const { works, generation } = inputSchema.parse(context.df.getInput());
  if (generation > 2) return;
  if (works) yield context.df.callActivity('nothing');
  const timer = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 60_000));
  const first: unknown = yield context.df.Task.any([
    timer,
    context.df.waitForExternalEvent('command'),
  ]);
  if (first !== timer) timer.cancel();
  context.df.continueAsNew({ works, generation: generation + 1 });
});

let engine: EngineUnderTest;
let found: number;
beforeAll(async () => {
  engine = await openEngine({
    onInvoked: (invocation, outcome) => {
      if (invocation.functionName === 'waiting' && hasWaitedOnly(outcome)) found += 1;
    },
  });
});
afterAll(() => engine.stop());

it.each([
  [false, 3],
  [true, 0],
])(
  'a generation that only waits for an event is found, one that works first is not (works: %s)',
  async (works, generations) => {
    found = 0;
    await engine.start('waiting', { works, generation: 0 });
    await engine.settle();
    expect(found).toBe(generations);
  },
);
