import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrchestrationContext, Task } from 'durable-functions';
import { afterEach, describe, expect, it } from 'vitest';
import { compareVersions } from '../../durable/durableSettings.ts';
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
df.app.orchestration('waitsForGo', function* (context: OrchestrationContext) {
  yield context.df.waitForExternalEvent('go');
  return context.df.version;
});
df.app.orchestration('family', function* (context: OrchestrationContext) {
  const preset: unknown = yield context.df.callSubOrchestrator('versioned');
  const named: unknown = yield context.df.callSubOrchestrator('versioned', null, 'named', '1.4');
  return [context.df.version, preset, named];
});
df.app.orchestration('generations', function* (context: OrchestrationContext) {
  yield context.df.callActivity('probe');
  if (context.df.getInput() === null) context.df.continueAsNew({ again: true });
  return context.df.version;
});
df.app.orchestration('versioned', function* (context: OrchestrationContext) {
  yield context.df.callActivity('probe');
  return context.df.version;
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

  it('lets the event loop go round between turns', async () => {
    let rounds = 0;
    let counting = true;
    const count = (): void => {
      rounds += 1;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    expect(await outcomeOf('probes')).toMatchObject({ status: 'Completed' });
    counting = false;
    expect(rounds).toBeGreaterThan(100);
  });

  it('has on disk what an activity was scheduled with before it runs', async () => {
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

describe('an orchestration that asks for too much', () => {
  it('fails when its error has no message, instead of running for ever', async () => {
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

  it('fails where the library and the extension would wait for each other for ever', async () => {
    expect(await outcomeOf('timeoutOfRetries')).toMatchObject({
      status: 'Failed',
      output: expect.stringContaining('retryTimeoutInMilliseconds') as string,
    });
    expect(engine.clock.now()).toBe(startMs + 120_000);
  });

  it('hears of an activity that is not there as of a failure', async () => {
    expect(await outcomeOf('missing')).toMatchObject({
      status: 'Failed',
      output: expect.stringContaining("The function 'nobody' doesn't exist") as string,
    });
  });
});

describe('a timer longer than the longest of the storage', () => {
  it('can be cancelled before the first link of its chain has passed', async () => {
    engine = await openEngine();
    const id = await engine.start('cancelsLongTimer');
    await engine.host.idle();
    await engine.call('POST', `instances/${id}/raiseEvent/go`, 1);
    await engine.settle();
    expect(await engine.status(id)).toMatchObject({ runtimeStatus: 'Completed', output: 'done' });
    expect(engine.clock.now()).toBe(startMs);
  });

  it('cannot be cancelled later: the extension would find other tasks than before', async () => {
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

describe('versions', () => {
  const startAs = async (
    version: string,
    settings: Record<string, unknown>,
  ): Promise<{ runtimeStatus: string; output: unknown }> => {
    engine = await openEngine({ settings: { defaultVersion: '1.9', ...settings } });
    await engine.call('POST', `orchestrators/versioned/it?version=${version}`);
    await engine.settle();
    return engine.status('it');
  };

  it.each([
    ['1.10', { versionMatchStrategy: 'None' }, 'Completed'],
    ['1.9', { versionMatchStrategy: 'Strict' }, 'Completed'],
    ['1.8', { versionMatchStrategy: 'Strict', versionFailureStrategy: 'Fail' }, 'Failed'],
    [
      '1.8',
      { versionMatchStrategy: 'CurrentOrOlder', versionFailureStrategy: 'Fail' },
      'Completed',
    ],
    ['1.10', { versionMatchStrategy: 'CurrentOrOlder', versionFailureStrategy: 'Fail' }, 'Failed'],
    [
      '1.10',
      { versionMatchStrategy: 'CurrentOrOlder', versionFailureStrategy: 'Reject' },
      'Pending',
    ],
    ['1.10', {}, 'Pending'],
    ['1.8', {}, 'Completed'],
  ])('%s under %o is %s', async (version, settings, status) => {
    expect((await startAs(version, settings)).runtimeStatus).toBe(status);
  });

  it.each([
    ['', '', 0],
    ['', '1', -1],
    ['1', '', 1],
    ['1', '2', -1],
    ['1.9', '1.10', -1],
    ['1.0', '1.0.0', -1],
    ['2.0.0.1', '2.0.0', 1],
    // Single numbers are no versions to .NET: they are compared as texts.
    ['10', '9', -1],
    ['10.0', '9.0', 1],
    ['v1', 'V1', 0],
    ['1.0-beta', '1.0-alpha', 1],
  ])('%s against %s is %i', (one, other, sign) => {
    expect(Math.sign(compareVersions(one, other))).toBe(sign);
  });

  it('gives a sub-orchestration the version of the call or else the host’s, whatever its parent’s', async () => {
    engine = await openEngine({ settings: { defaultVersion: '1.9' } });
    await engine.call('POST', 'orchestrators/family/it?version=1.2');
    await engine.settle();
    expect((await engine.status('it')).output).toEqual(['1.2', '1.9', '1.4']);
  });

  it('keeps the version over continue-as-new', async () => {
    engine = await openEngine({ settings: { defaultVersion: '1.9' } });
    await engine.call('POST', 'orchestrators/generations/it?version=1.2');
    await engine.settle();
    expect((await engine.status('it')).output).toBe('1.2');
  });

  it('runs what was started before there were versions, and says that it has none', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'versions-'));
    engine = await openEngine({ dataDir });
    await engine.start('waitsForGo', null, 'it');
    await engine.host.idle();
    await engine.stop();
    engine = await openEngine({ dataDir, settings: { defaultVersion: '1' } });
    await engine.call('POST', 'instances/it/raiseEvent/go', null);
    await engine.settle();
    expect(await engine.status('it')).toMatchObject({ runtimeStatus: 'Completed', output: null });
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('leaves an instance of a newer contract alone until a host of that contract runs', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'versions-'));
    engine = await openEngine({ dataDir, settings: { defaultVersion: '2' } });
    await engine.start('waitsForGo', null, 'it');
    await engine.host.idle();
    await engine.stop();
    engine = await openEngine({ dataDir, settings: { defaultVersion: '1' } });
    await engine.call('POST', 'instances/it/raiseEvent/go', null);
    await engine.settle();
    expect((await engine.status('it')).runtimeStatus).toBe('Running');
    await engine.stop();
    engine = await openEngine({ dataDir, settings: { defaultVersion: '2' } });
    await engine.settle();
    expect(await engine.status('it')).toMatchObject({ runtimeStatus: 'Completed', output: '2' });
    rmSync(dataDir, { recursive: true, force: true });
  });
});
