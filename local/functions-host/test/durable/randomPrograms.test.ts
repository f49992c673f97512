import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OrchestrationContext, Task } from 'durable-functions';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryDir } from '../temporaryDir.ts';
import { df, type EngineUnderTest, openEngine } from './engineHarness.ts';

/** One step of a program, which the orchestrator yields. `label` is the expected result. */
type Step =
  | { readonly kind: 'activity' | 'child' | 'timer' | 'race'; readonly label: string }
  | {
      readonly kind: 'retry';
      readonly label: string;
      readonly failures: number;
      readonly attempts: number;
    }
  | { readonly kind: 'all'; readonly steps: readonly Step[] };

const failures = new Map<string, number>();

df.app.activity('label', { handler: (input: unknown) => input });
df.app.activity('flaky', {
  handler: (input: unknown) => {
    const { label, failures: wanted } = input as { label: string; failures: number };
    const so = failures.get(label) ?? 0;
    failures.set(label, so + 1);
    if (so < wanted) throw new Error(label);
    return label;
  },
});
df.app.orchestration('labelChild', function* (context: OrchestrationContext) {
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 5_000));
  return (yield context.df.callActivity('label', context.df.getInput())) as unknown;
});

function taskOf(context: OrchestrationContext, step: Step): Task {
  switch (step.kind) {
    case 'activity':
      return context.df.callActivity('label', step.label);
    case 'child':
      return context.df.callSubOrchestrator('labelChild', step.label);
    case 'timer':
      return context.df.createTimer(
        new Date(context.df.currentUtcDateTime.getTime() + 1_000 * (step.label.length + 1)),
      );
    case 'retry':
      return context.df.callActivityWithRetry('flaky', new df.RetryOptions(3_000, step.attempts), {
        label: step.label,
        failures: step.failures >= step.attempts ? 1_000 : step.failures,
      });
    case 'race':
      return context.df.Task.any([
        context.df.callActivity('label', step.label),
        context.df.waitForExternalEvent(step.label),
      ] as Task[]);
    case 'all':
      return context.df.Task.all(step.steps.map((inner) => taskOf(context, inner)));
  }
}

function read(step: Step, value: unknown): unknown {
  if (step.kind === 'race') return (value as Task).result;
  if (step.kind === 'all')
    return step.steps.map((inner, index) => read(inner, (value as unknown[])[index]));
  return value ?? 'nothing';
}

function expected(step: Step): unknown {
  if (step.kind === 'all') return step.steps.map(expected);
  if (step.kind === 'timer') return 'nothing';
  return step.kind === 'retry' && step.failures >= step.attempts
    ? `failed ${step.label}`
    : step.label;
}

df.app.orchestration('program', function* (context: OrchestrationContext) {
  const results: unknown[] = [];
  for (const step of context.df.getInput<Step[] | null>() ?? []) {
    try {
      const value: unknown = yield taskOf(context, step);
      results.push(read(step, value));
    } catch {
      results.push(`failed ${step.kind === 'all' ? '' : step.label}`);
    }
  }
  return results;
});

/** Returns a generator of pseudo-random numbers (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function programOf(seed: number): Step[] {
  const random = randomOf(seed);
  let count = 0;
  const step = (depth: number): Step => {
    count += 1;
    const label = `${String(seed)}-${String(count)}`;
    const kind = random(depth < 2 ? 7 : 5);
    if (kind >= 5)
      return { kind: 'all', steps: Array.from({ length: 1 + random(4) }, () => step(depth + 1)) };
    // In a fan-out no task may finally fail: the library and the extension disagree there.
    if (kind === 4)
      return { kind: 'retry', label, attempts: 3, failures: random(depth === 0 ? 5 : 3) };
    return { kind: (['activity', 'child', 'timer', 'race'] as const)[kind] ?? 'activity', label };
  };
  return Array.from({ length: 3 + random(5) }, () => step(0));
}

let engine: EngineUnderTest;
afterEach(async () => {
  await engine.stop();
  failures.clear();
});

describe('any program that follows the rules', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed + 1))(
    'gets the right result for every step, seed %i',
    async (seed) => {
      engine = await openEngine();
      const program = programOf(seed);
      await engine.start('program', program, 'it');
      await engine.settle();
      expect(await engine.status('it')).toMatchObject({
        runtimeStatus: 'Completed',
        output: program.map(expected),
      });
    },
  );

  it.each(Array.from({ length: 15 }, (_, seed) => seed + 101))(
    'gets the same results after crashes of the host, seed %i',
    async (seed) => {
      const random = randomOf(seed);
      const program = programOf(seed);
      const dataDir = temporaryDir();
      engine = await openEngine();
      await engine.start('program', program, 'it');
      await engine.settle();
      cpSync(engine.dataDir, dataDir, { recursive: true });
      await engine.stop();
      const journal = join(dataDir, 'journal.jsonl');
      // Three times: cut the journal anywhere, also within a line, and continue from there.
      for (let cut = 0; cut < 3; cut += 1) {
        const bytes = readFileSync(journal);
        const firstLine = bytes.indexOf('\n') + 1;
        writeFileSync(journal, bytes.subarray(0, firstLine + random(bytes.length - firstLine)));
        engine = await openEngine({ dataDir });
        await engine.settle();
        expect(await engine.status('it')).toMatchObject({
          runtimeStatus: 'Completed',
          output: program.map(expected),
        });
        await engine.stop();
      }
    },
  );
});
