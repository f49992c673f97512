import type { OrchestrationContext } from 'durable-functions';
import { afterEach, describe, expect, it } from 'vitest';
import {
  df,
  type EngineTestOptions,
  type EngineUnderTest,
  openEngine,
  startMs,
} from './engineHarness.ts';
import { JournalInMemory } from './journalInMemory.ts';

const calls: string[] = [];
let failuresLeft = 0;

df.app.activity('echo', {
  handler: (input: unknown) => {
    calls.push(`echo ${JSON.stringify(input)}`);
    return input;
  },
});
df.app.activity('typeOf', {
  handler: (input: unknown) => ({ type: typeof input, value: input ?? 'nothing' }),
});
df.app.activity('flaky', {
  handler: (input: unknown) => {
    calls.push('flaky');
    if (failuresLeft > 0) {
      failuresLeft -= 1;
      throw new Error(`not yet, ${String(failuresLeft)} to go`);
    }
    return input;
  },
});

df.app.orchestration('chain', function* (context: OrchestrationContext) {
  const a: unknown = yield context.df.callActivity('echo', 'one');
  const b: unknown = yield context.df.callActivity('ECHO', { two: [a] });
  const c: unknown = yield context.df.callActivity('echo', 3);
  return [a, b, c];
});
df.app.orchestration('types', function* (context: OrchestrationContext) {
  const results: unknown[] = [];
  for (const value of ['123', 123, true, null, { a: 1 }, ['x'], '"quoted"', undefined])
    results.push(yield context.df.callActivity('typeOf', value));
  return results;
});
df.app.orchestration('fanOut', function* (context: OrchestrationContext) {
  const tasks = Array.from({ length: 1000 }, (_, n) => context.df.callActivity('echo', n));
  const results = (yield context.df.Task.all(tasks)) as number[];
  return results.reduce((sum, n) => sum + n, 0);
});
df.app.orchestration('retry', function* (context: OrchestrationContext) {
  const retry = new df.RetryOptions(1_000, 4);
  retry.backoffCoefficient = 2;
  const value: unknown = yield context.df.callActivityWithRetry('flaky', retry, 'done');
  const after: unknown = yield context.df.callActivity('echo', 'after');
  return [value, after, context.df.currentUtcDateTime.getTime()];
});
df.app.orchestration('retryAndCatch', function* (context: OrchestrationContext) {
  try {
    yield context.df.callActivityWithRetry('flaky', new df.RetryOptions(1_000, 2), 1);
    return 'no error';
  } catch (error) {
    const after: unknown = yield context.df.callActivity('echo', 'after');
    return [error instanceof Error ? error.message : '', after];
  }
});
df.app.orchestration('leaf', function* (context: OrchestrationContext) {
  const doubled: unknown = yield context.df.callActivity('echo', Number(context.df.getInput()) * 2);
  if (doubled === 66) throw new Error('unlucky');
  return doubled;
});
df.app.orchestration('branch', function* (context: OrchestrationContext) {
  const input = Number(context.df.getInput());
  const left: unknown = yield context.df.callSubOrchestrator(
    'leaf',
    input,
    `${context.df.instanceId}-left`,
  );
  const right: unknown = yield context.df.callSubOrchestrator('leaf', input + 1);
  return [left, right];
});
df.app.orchestration('tree', function* (context: OrchestrationContext) {
  try {
    return (yield context.df.callSubOrchestrator(
      'branch',
      context.df.getInput(),
      `${context.df.instanceId}-branch`,
    )) as unknown;
  } catch (error) {
    return `caught: ${error instanceof Error ? error.message : ''}`;
  }
});
df.app.orchestration('loop', function* (context: OrchestrationContext) {
  const { n, until } = context.df.getInput<{ n: number; until: number }>();
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 60_000));
  if (n + 1 < until) context.df.continueAsNew({ n: n + 1, until });
  return n;
});
df.app.orchestration('flakyChild', function* (context: OrchestrationContext) {
  return (yield context.df.callActivity('flaky', context.df.getInput())) as unknown;
});
df.app.orchestration('retriesChild', function* (context: OrchestrationContext) {
  const retry = new df.RetryOptions(10_000, 5);
  retry.backoffCoefficient = 3;
  retry.maxRetryIntervalInMilliseconds = 20_000;
  const result: unknown = yield context.df.callSubOrchestratorWithRetry(
    'flakyChild',
    retry,
    { a: 1 },
    'the-flaky-child',
  );
  return [result, context.df.currentUtcDateTime.getTime()];
});
df.app.orchestration('throws', function* (context: OrchestrationContext) {
  yield context.df.callActivity('echo', 1);
  throw new Error('on purpose');
});
df.app.orchestration('longTimer', function* (context: OrchestrationContext) {
  const until = new Date(context.df.currentUtcDateTime.getTime() + 20 * 24 * 3_600_000);
  yield context.df.createTimer(until);
  const after: unknown = yield context.df.callActivity('echo', 'after');
  return [context.df.currentUtcDateTime.getTime(), after];
});
let engine: EngineUnderTest;
afterEach(async () => {
  await engine.stop();
  calls.length = 0;
});

async function runToEnd(
  name: string,
  input?: unknown,
  options: EngineTestOptions = {},
): Promise<{ status: string; output: unknown; id: string }> {
  engine = await openEngine(options);
  const id = await engine.start(name, input, `the-${name.toLowerCase()}`);
  await engine.settle();
  const { runtimeStatus, output } = await engine.status(id);
  return { status: runtimeStatus, output, id };
}

describe('an orchestration', () => {
  it('chains activities, whose names match in any case', async () => {
    expect(await runToEnd('chain')).toMatchObject({
      status: 'Completed',
      output: ['one', { two: ['one'] }, 3],
    });
    expect(calls).toEqual(['echo "one"', 'echo {"two":["one"]}', 'echo 3']);
  });

  it('passes every type of value to an activity as the real host does', async () => {
    const { output } = await runToEnd('types');
    expect(output).toEqual([
      { type: 'string', value: '123' },
      { type: 'number', value: 123 },
      { type: 'string', value: 'True' },
      { type: 'undefined', value: 'nothing' },
      { type: 'object', value: { a: 1 } },
      { type: 'object', value: ['x'] },
      { type: 'string', value: '"quoted"' },
      { type: 'undefined', value: 'nothing' },
    ]);
  });

  it('fans out to a thousand activities and gathers every result', async () => {
    expect(await runToEnd('fanOut')).toMatchObject({ status: 'Completed', output: 499_500 });
    expect(calls).toHaveLength(1000);
  });

  it('retries with growing delays', async () => {
    failuresLeft = 3;
    expect(await runToEnd('retry')).toMatchObject({
      status: 'Completed',
      output: ['done', 'after', startMs + 7_000],
    });
    expect(calls.filter((call) => call === 'flaky')).toHaveLength(4);
  });

  it('throws the error of the last attempt into the code, which continues', async () => {
    failuresLeft = 9;
    const { output } = await runToEnd('retryAndCatch');
    expect(output).toEqual([
      expect.stringContaining(
        'Activity function \'flaky\' failed: not yet, 7 to go \n {"$type":"System.Exception, ',
      ),
      'after',
    ]);
  });

  it('runs sub-orchestrations in sub-orchestrations', async () => {
    expect(await runToEnd('tree', 5)).toMatchObject({ status: 'Completed', output: [10, 12] });
    expect((await engine.status('the-tree-branch-left')).runtimeStatus).toBe('Completed');
  });

  it('throws the failure of a sub-orchestration into its parents', async () => {
    const { status, output } = await runToEnd('tree', 33);
    expect(status).toBe('Completed');
    expect(output).toMatch(
      /caught: Orchestrator function 'branch' failed: Orchestrator function 'leaf' failed: unlucky \n Message: [\s\S]*unlucky[\s\S]*, StackTrace: at System\./,
    );
  });

  it('retries a sub-orchestration under its id, with delays up to the longest allowed', async () => {
    failuresLeft = 3;
    // 10 s, then 30 s and 90 s, both limited to 20 s.
    expect(await runToEnd('retriesChild')).toMatchObject({
      status: 'Completed',
      output: [{ a: 1 }, startMs + 50_000],
    });
    expect((await engine.status('the-flaky-child')).runtimeStatus).toBe('Completed');
  });

  it('continues as new for two thousand generations with a history that does not grow', async () => {
    const { status, output } = await runToEnd(
      'loop',
      { n: 0, until: 2_000 },
      { openJournal: (options) => Promise.resolve(new JournalInMemory(options)) },
    );
    expect([status, output]).toEqual(['Completed', 1_999]);
    const longest = (turns: typeof engine.turns) => Math.max(...turns.map(({ events }) => events));
    expect(longest(engine.turns.slice(-6))).toBe(longest(engine.turns.slice(0, 6)));
    expect(engine.clock.now()).toBe(startMs + 2_000 * 60_000);
  }, 60_000);

  it('fails with the text of an unhandled error', async () => {
    expect(await runToEnd('throws')).toMatchObject({
      status: 'Failed',
      output: "Orchestrator function 'throws' failed: on purpose",
    });
  });

  it('waits in a chain of timers when the wait is longer than the longest timer', async () => {
    expect(await runToEnd('longTimer')).toMatchObject({
      status: 'Completed',
      output: [startMs + 20 * 24 * 3_600_000, 'after'],
    });
  });
});
