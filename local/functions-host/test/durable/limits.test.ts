import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OrchestrationContext, Task } from 'durable-functions';
import { afterEach, describe, expect, it } from 'vitest';
import { df, type EngineUnderTest, openEngine, startMs } from './engineHarness.ts';

const dayMs = 24 * 3_600_000;
let running = 0;
let mostRunning = 0;
let probe: () => void = () => undefined;

df.app.activity('slow', {
  handler: async () => {
    running += 1;
    mostRunning = Math.max(mostRunning, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  },
});
df.app.activity('probe', {
  handler: () => {
    probe();
  },
});
df.app.activity('broken', {
  handler: () => {
    throw new Error('broken');
  },
});
df.app.orchestration('slowFan', function* (context: OrchestrationContext) {
  yield context.df.Task.all(Array.from({ length: 20 }, () => context.df.callActivity('slow')));
});
df.app.orchestration('probes', function* (context: OrchestrationContext) {
  for (let n = 0; n < 50; n += 1) yield context.df.callActivity('probe', n);
});
df.app.orchestration('silent', function* (context: OrchestrationContext) {
  yield context.df.callActivity('probe');
  throw new Error('');
});
df.app.orchestration('chatty', function* (context: OrchestrationContext) {
  context.df.setCustomStatus('x'.repeat(Number(context.df.getInput())));
  yield context.df.callActivity('probe');
  return 'done';
});
df.app.orchestration('ownChild', function* (context: OrchestrationContext) {
  yield context.df.callSubOrchestrator('probes', null, context.df.instanceId);
});
df.app.orchestration('timeoutOfRetries', function* (context: OrchestrationContext) {
  const retry = new df.RetryOptions(60_000, 10);
  retry.retryTimeoutInMilliseconds = 90_000;
  yield context.df.callActivityWithRetry('broken', retry);
});
df.app.orchestration('cancelsLongTimer', function* (context: OrchestrationContext) {
  const timer = context.df.createTimer(
    new Date(context.df.currentUtcDateTime.getTime() + 20 * dayMs),
  );
  const event = context.df.waitForExternalEvent('go');
  yield context.df.Task.any([timer, event] as Task[]);
  timer.cancel();
  yield context.df.callActivity('probe');
  return 'done';
});
df.app.orchestration('missing', function* (context: OrchestrationContext) {
  yield context.df.callActivity('nobody');
});
let engine: EngineUnderTest;
afterEach(async () => {
  await engine.stop();
  mostRunning = 0;
  probe = () => undefined;
});

async function outcomeOf(
  name: string,
  input?: unknown,
): Promise<{ status: string; output: unknown }> {
  engine = await openEngine();
  const id = await engine.start(name, input);
  await engine.settle();
  const { runtimeStatus, output } = await engine.status(id);
  return { status: runtimeStatus, output };
}

describe('the scheduler', () => {
  it('runs as many activities at a time as host.json allows', async () => {
    engine = await openEngine({ settings: { maxConcurrentActivityFunctions: 3 } });
    await engine.start('slowFan');
    await engine.host.idle();
    expect(mostRunning).toBe(3);
  });

  it('lets other events run between turns', async () => {
    let iterations = 0;
    let counting = true;
    const count = (): void => {
      iterations += 1;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    expect(await outcomeOf('probes')).toMatchObject({ status: 'Completed' });
    counting = false;
    expect(iterations).toBeGreaterThan(100);
  });

  it('writes the scheduling of an activity to disk before it runs', async () => {
    const scheduled: number[] = [];
    engine = await openEngine();
    probe = () => {
      scheduled.push(
        readFileSync(join(engine.dataDir, 'journal.jsonl'), 'utf8').split('"Name":"probe"').length -
          1,
      );
    };
    await engine.start('probes');
    await engine.host.idle();
    expect(scheduled).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  });
});

describe('an orchestration beyond a limit', () => {
  it('fails when its error has no message, and does not run for ever', async () => {
    expect(await outcomeOf('silent')).toEqual({
      status: 'Failed',
      output: expect.stringMatching(
        /^Orchestrator function 'silent' failed: One or more errors occurred\. \(Result: Failure\nException: \w+\n\n\$OutOfProcData\$:\{/,
      ) as string,
    });
  });

  it('may have a custom status of 16 KB and no more', async () => {
    expect((await outcomeOf('chatty', 8_190)).status).toBe('Completed');
    await engine.stop();
    expect(await outcomeOf('chatty', 8_191)).toMatchObject({
      status: 'Failed',
      output: expect.stringContaining('custom status') as string,
    });
  });

  it('cannot be its own child', async () => {
    expect(await outcomeOf('ownChild')).toMatchObject({
      status: 'Failed',
      output: expect.stringContaining("must differ from its parent's") as string,
    });
  });

  it('makes all attempts of a call, whatever its retryTimeoutInMilliseconds', async () => {
    expect(await outcomeOf('timeoutOfRetries')).toMatchObject({
      status: 'Failed',
      output: expect.stringContaining("'broken' failed") as string,
    });
    expect(engine.clock.now()).toBe(startMs + 9 * 60_000);
  });

  it('gets a failure for an activity that does not exist', async () => {
    expect(await outcomeOf('missing')).toMatchObject({
      status: 'Failed',
      output: expect.stringContaining("The function 'nobody' doesn't exist") as string,
    });
  });
});

describe('a timer longer than the longest one of the storage', () => {
  it('can be cancelled before the first timer of its chain has fired', async () => {
    engine = await openEngine();
    const id = await engine.start('cancelsLongTimer');
    await engine.host.idle();
    await engine.call('POST', `instances/${id}/raiseEvent/go`, 1);
    await engine.settle();
    expect(await engine.status(id)).toMatchObject({ runtimeStatus: 'Completed', output: 'done' });
    expect(engine.clock.now()).toBe(startMs);
  });

  it('cannot be cancelled later: the extension would replay other tasks', async () => {
    engine = await openEngine();
    const id = await engine.start('cancelsLongTimer');
    await engine.host.idle();
    engine.clock.advance(4 * dayMs);
    await engine.host.idle();
    await engine.call('POST', `instances/${id}/raiseEvent/go`, 1);
    await engine.settle();
    expect(await engine.status(id)).toMatchObject({
      runtimeStatus: 'Failed',
      output: expect.stringContaining('A timer longer than 6 days was cancelled') as string,
    });
  });
});
