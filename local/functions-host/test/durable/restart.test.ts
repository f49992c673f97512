import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { OrchestrationContext } from 'durable-functions';
import { beforeEach, describe, expect, it } from 'vitest';
import { SteppedClock } from '../../../clock/steppedClock.ts';
import { temporaryDir } from '../temporaryDir.ts';
import { df, openEngine, startMs } from './engineHarness.ts';

const runs: string[] = [];

df.app.activity('note', {
  handler: (input: unknown) => {
    runs.push(String(input));
    return input;
  },
});
df.app.orchestration('child', function* (context: OrchestrationContext) {
  const value: unknown = yield context.df.callActivity(
    'note',
    `child ${String(context.df.getInput())}`,
  );
  return value;
});
df.app.orchestration('all', function* (context: OrchestrationContext) {
  const first: unknown = yield context.df.callActivity('note', 'first');
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 60_000));
  const children = [1, 2].map((n) =>
    context.df.callSubOrchestrator('child', n, `${context.df.instanceId}-c${String(n)}`),
  );
  const results: unknown = yield context.df.Task.all(children);
  const approved: unknown = yield context.df.waitForExternalEvent('approved');
  return [first, results, approved];
});
df.app.orchestration('counts', function* (context: OrchestrationContext) {
  const { n, filler } = context.df.getInput<{ n: number; filler: string }>();
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 1_000));
  if (n > 0) context.df.continueAsNew({ n: n - 1, filler });
  return n;
});

df.app.orchestration('clocked', function* (context: OrchestrationContext) {
  yield context.df.createTimer(
    new Date(context.df.currentUtcDateTime.getTime() + 20 * 24 * 3_600_000),
  );
  const after: unknown = yield context.df.callActivity('note', 'after');
  return [context.df.currentUtcDateTime.getTime(), after];
});
let start: () => void = () => undefined;
let release: () => void = () => undefined;
const started = new Promise<void>((resolve) => {
  start = resolve;
});
const released = new Promise<void>((resolve) => {
  release = resolve;
});
df.app.activity('slow', {
  handler: async () => {
    start();
    await released;
    runs.push('slow');
    return 'slow';
  },
});
df.app.orchestration('slowly', function* (context: OrchestrationContext) {
  return (yield context.df.callActivity('slow')) as unknown;
});

let dir: string;
beforeEach(() => {
  dir = temporaryDir();
  runs.length = 0;
});

const journalIn = (dataDir: string): string => join(dataDir, 'journal.jsonl');

/** Runs the instance `it` to its end, on a folder with a part of its journal. */
async function finish(dataDir: string): Promise<unknown> {
  const engine = await openEngine({ dataDir, clock: new SteppedClock(startMs + 600_000) });
  try {
    await engine.settle();
    if ((await engine.call('GET', 'instances/it')).status === 404) return 'never started';
    if ((await engine.status('it')).runtimeStatus !== 'Completed') {
      await engine.call('POST', 'instances/it/raiseEvent/approved', 'yes');
      await engine.settle();
    }
    const { runtimeStatus, output } = await engine.status('it');
    return { runtimeStatus, output };
  } finally {
    await engine.stop();
  }
}

describe('an engine that starts with the journal of another', () => {
  it('continues from every line that can be the last one after a crash', async () => {
    const first = join(dir, 'first');
    const engine = await openEngine({ dataDir: first });
    await engine.start('all', null, 'it');
    await engine.settle();
    await engine.call('POST', 'instances/it/raiseEvent/approved', 'yes');
    await engine.settle();
    await engine.stop();
    const lines = readFileSync(journalIn(first), 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(8);

    for (let count = 0; count <= lines.length; count += 1) {
      const copy = join(dir, `after-${String(count)}`);
      mkdirSync(copy);
      writeFileSync(
        journalIn(copy),
        lines
          .slice(0, count)
          .map((line) => `${line}\n`)
          .join(''),
      );
      const ended = await finish(copy);
      expect(ended, `after ${String(count)} lines`).toEqual(
        count === 0
          ? 'never started'
          : { runtimeStatus: 'Completed', output: ['first', ['child 1', 'child 2'], 'yes'] },
      );
    }
  });

  it('drops a last line that is cut off, and repeats its work', async () => {
    const engine = await openEngine({ dataDir: dir });
    await engine.start('all', null, 'it');
    await engine.settle();
    await engine.stop();
    const whole = readFileSync(journalIn(dir), 'utf8');
    appendFileSync(journalIn(dir), '{"t":"send","message":{"kind":"ev');
    expect(await finish(dir)).toEqual({
      runtimeStatus: 'Completed',
      output: ['first', ['child 1', 'child 2'], 'yes'],
    });
    expect(readFileSync(journalIn(dir), 'utf8').startsWith(whole)).toBe(true);
  });

  it('refuses a journal that is damaged before its last line', async () => {
    writeFileSync(journalIn(dir), '{"t":"se\n{"t":"purge","instanceId":"x"}\n');
    await expect(openEngine({ dataDir: dir })).rejects.toThrow(/is damaged at byte 0/);
  });

  it('fires a timer at once that became due while the host was down', async () => {
    const engine = await openEngine({ dataDir: dir });
    await engine.start('all', null, 'it');
    await engine.host.idle();
    await engine.stop();
    const later = await openEngine({
      dataDir: dir,
      clock: new SteppedClock(startMs + 24 * 3_600_000),
    });
    await later.settle();
    expect(runs.sort()).toEqual(['child 1', 'child 2', 'first']);
    await later.stop();
  });

  it('never goes back in time when the clock was set back in the meantime', async () => {
    const engine = await openEngine({ dataDir: dir });
    await engine.start('clocked', null, 'it');
    await engine.host.idle();
    engine.clock.advance(10 * 24 * 3_600_000);
    await engine.host.idle();
    await engine.stop();
    const earlier = await openEngine({ dataDir: dir, clock: new SteppedClock(startMs) });
    await earlier.settle();
    const { runtimeStatus, output } = await earlier.status('it');
    await earlier.stop();
    expect(runtimeStatus).toBe('Completed');
    expect((output as number[])[0]).toBeGreaterThanOrEqual(startMs + 20 * 24 * 3_600_000);
    expect((output as unknown[])[1]).toBe('after');
  });

  it('uses the instant of a message that is ahead of a clock that was set back', async () => {
    const first = join(dir, 'first');
    const engine = await openEngine({ dataDir: first });
    await engine.start('clocked', null, 'it');
    await engine.settle();
    await engine.stop();
    const lines = readFileSync(journalIn(first), 'utf8').trimEnd().split('\n');
    const lastFired = lines.findLastIndex(
      (line) => line.startsWith('{"t":"send"') && line.includes('"TimerId"'),
    );
    writeFileSync(
      journalIn(dir),
      lines
        .slice(0, lastFired + 1)
        .map((line) => `${line}\n`)
        .join(''),
    );
    const earlier = await openEngine({ dataDir: dir, clock: new SteppedClock(startMs) });
    await earlier.host.idle();
    expect(await earlier.status('it')).toMatchObject({
      runtimeStatus: 'Completed',
      output: [startMs + 20 * 24 * 3_600_000, 'after'],
    });
    await earlier.stop();
  });

  it('stores the result of an activity that was still running when the engine stopped', async () => {
    const engine = await openEngine({ dataDir: dir });
    await engine.start('slowly', null, 'it');
    await started;
    const stopped = engine.stop();
    release();
    await stopped;
    const next = await openEngine({ dataDir: dir });
    await next.settle();
    expect((await next.status('it')).output).toBe('slow');
    await next.stop();
    expect(runs).toEqual(['slow']);
  });

  it('continues from a compacted journal', async () => {
    const filler = 'x'.repeat(20_000);
    const engine = await openEngine({ dataDir: dir });
    await engine.start('counts', { n: 300, filler }, 'counting');
    await engine.start('all', null, 'it');
    await engine.settle();
    expect(statSync(journalIn(dir)).size).toBeLessThan(9_000_000);
    await engine.call('POST', 'instances/it/raiseEvent/other', 1);
    await engine.stop();
    const copy = join(dir, 'copy');
    mkdirSync(copy);
    copyFileSync(journalIn(dir), journalIn(copy));
    expect(readFileSync(journalIn(copy), 'utf8').startsWith('{"t":"seq"')).toBe(true);
    expect(await finish(copy)).toEqual({
      runtimeStatus: 'Completed',
      output: ['first', ['child 1', 'child 2'], 'yes'],
    });
  });

  it('refuses the data of a running engine until it stops', async () => {
    const engine = await openEngine({ dataDir: dir });
    await expect(openEngine({ dataDir: dir })).rejects.toThrow(
      `process ${String(process.pid)} works on the same data`,
    );
    await engine.stop();
    const next = await openEngine({ dataDir: dir });
    await next.stop();
  });
});
