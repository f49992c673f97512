import type { OrchestrationContext } from 'durable-functions';
import { describe, expect, it } from 'vitest';
import { df } from '../../local/functions-host/test/durable/engineHarness.ts';
import { activities, orchestrators } from '../../orchestrations/names.ts';
import { batch } from '../../orchestrations/users/batch.ts';
import { watch } from '../../orchestrations/users/watchJob.ts';
import '../orchestrations/world.ts';
import { readHistories, recordedVersions } from './histories.ts';
import type { RecordedExecution } from './recordedExecution.ts';
import { replayExecution } from './replayExecution.ts';

const corpus = recordedVersions().map((version) => ({
  version,
  histories: readHistories(version),
}));
const everything = corpus.flatMap(({ version, histories }) =>
  histories.map(({ kind, executions }) => ({ version, kind, executions })),
);
const all = everything.flatMap(({ executions }) => executions);

describe('the recorded histories', () => {
  it.each(everything)('of $version: $kind replay without a difference', async ({ executions }) => {
    for (const execution of executions)
      expect(
        await replayExecution(execution),
        `${execution.orchestrator} ${execution.payload.instanceId}; docs/architecture.md (versions and replay) says what to do`,
      ).toEqual([]);
  });

  it.each(corpus)(
    'of $version hold every orchestrator, name nobody, and are small',
    ({ histories }) => {
      expect(
        new Set(
          histories.flatMap(({ executions }) => executions.map(({ orchestrator }) => orchestrator)),
        ),
      ).toEqual(new Set(Object.values(orchestrators)));
      const texts = histories.map(({ text }) => text);
      expect(texts.flatMap((text) => text.match(/[\w.-]+@[\w-]+\.[\w.-]+/g) ?? [])).toEqual([]);
      expect(texts.reduce((sum, text) => sum + text.length, 0)).toBeLessThan(700_000);
    },
  );
});

/** Replays every history of an orchestrator on a changed one; how many of them differ. */
async function differing(
  orchestrator: string,
  changed: string,
): Promise<{ readonly caught: number; readonly of: number; readonly first: string }> {
  const own = all.filter((execution: RecordedExecution) => execution.orchestrator === orchestrator);
  const found = (
    await Promise.all(own.map((execution) => replayExecution(execution, changed)))
  ).filter((lines) => lines.length > 0);
  return { caught: found.length, of: own.length, first: found[0]?.[0] ?? '' };
}

/** An orchestrator that calls another activity in the place of one. */
function renamed(
  orchestrator: (context: OrchestrationContext) => Generator<unknown, unknown, unknown>,
  from: string,
  to: string,
) {
  return function* (context: OrchestrationContext): Generator<never, unknown, unknown> {
    const call = context.df.callActivityWithRetry.bind(context.df);
    context.df.callActivityWithRetry = (name, retry, input) =>
      call(name === from ? to : name, retry, input);
    return yield* orchestrator(context) as Generator<never, unknown, unknown>;
  };
}

df.app.orchestration('batchWithOneMore', function* (context: OrchestrationContext) {
  yield context.df.callActivity(activities.readCheckpoint, {});
  return yield* batch(context);
});
df.app.orchestration('batchWithOneMoreAtTheEnd', function* (context: OrchestrationContext) {
  const end = yield* batch(context);
  yield context.df.callActivity(activities.readCheckpoint, {});
  return end;
});
df.app.orchestration(
  'batchThatMigratesUnvalidated',
  renamed(batch, activities.validateJob, activities.migrateJob),
);
df.app.orchestration('watchWithATimerLess', function* (context: OrchestrationContext) {
  const timer = context.df.createTimer.bind(context.df);
  context.df.createTimer = (fireAt) => timer(new Date(fireAt.getTime() + 1_000));
  return yield* watch(context);
});

describe('a changed orchestrator is found out', () => {
  it('when it does one thing more at its start', async () => {
    const { caught, of, first } = await differing(orchestrators.batch, 'batchWithOneMore');
    expect(caught).toBe(of);
    expect(first).toContain('Non-Deterministic workflow detected');
  });

  it('when it does one thing more at its end', async () => {
    expect(
      (await differing(orchestrators.batch, 'batchWithOneMoreAtTheEnd')).caught,
    ).toBeGreaterThan(0);
  });

  it('when it does another thing in the place of one', async () => {
    const { caught, first } = await differing(orchestrators.batch, 'batchThatMigratesUnvalidated');
    expect(caught).toBeGreaterThan(10);
    expect(first).toContain('Non-Deterministic workflow detected');
  });

  it('when it waits for another instant', async () => {
    const { caught, first } = await differing(orchestrators.watch, 'watchWithATimerLess');
    expect(caught).toBeGreaterThan(0);
    expect(first).toMatch(/fireAt was/);
  });
});
