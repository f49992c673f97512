import type { OrchestrationContext, Task } from 'durable-functions';
import { afterEach, describe, expect, it } from 'vitest';
import { df, type EngineUnderTest, openEngine, startMs } from './engineHarness.ts';

let failTwice = 0;
let flip = false;

df.app.activity('value', { handler: (input: unknown) => input });
df.app.activity('other', { handler: (input: unknown) => input });
df.app.activity('fails', {
  handler: () => {
    throw new Error('always');
  },
});
df.app.activity('failsTwice', {
  handler: () => {
    failTwice += 1;
    if (failTwice <= 2) throw new Error('not yet');
    return 'late';
  },
});
df.app.orchestration('changesItsMind', function* (context: OrchestrationContext) {
  yield context.df.callActivity(flip ? 'other' : 'value', 1);
  flip = true;
  yield context.df.callActivity('value', 2);
});
df.app.orchestration('forgets', function* (context: OrchestrationContext) {
  const asks = !flip;
  flip = true;
  if (asks) yield context.df.callActivity('value', 1);
  return 'done';
});
df.app.orchestration('swapsTimerForTask', function* (context: OrchestrationContext) {
  const calls = flip;
  flip = true;
  if (calls) yield context.df.callActivity('value', 1);
  else yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 1000));
  return 'done';
});
// The usual "await any, refill" loop: each iteration puts the remaining tasks into a new compound.
df.app.orchestration('slidingWindow', function* (context: OrchestrationContext) {
  let remaining: Task[] = [1, 2, 3].map((n) => context.df.callActivity('value', n));
  while (remaining.length > 0) {
    const first: unknown = yield context.df.Task.any(remaining);
    remaining = remaining.filter((task) => task !== first);
  }
  return 'done';
});
df.app.orchestration('anyThenAll', function* (context: OrchestrationContext) {
  const tasks = [context.df.callActivity('value', 1), context.df.waitForExternalEvent('go')];
  yield context.df.Task.any(tasks);
  yield context.df.Task.all(tasks);
  return 'done';
});
const inSeconds = (context: OrchestrationContext, seconds: number): Date =>
  new Date(context.df.currentUtcDateTime.getTime() + seconds * 1000);
// The timer has one id in the library and two in the host.
df.app.orchestration('timerThenTask', function* (context: OrchestrationContext) {
  const timer = context.df.createTimer(inSeconds(context, 60));
  yield context.df.Task.any([context.df.waitForExternalEvent('one'), timer]);
  yield context.df.Task.any([context.df.waitForExternalEvent('two'), timer]);
  const value: unknown = yield context.df.callActivity('value', 'after');
  return value;
});
df.app.orchestration('longTimerAgain', function* (context: OrchestrationContext) {
  const timer = context.df.createTimer(inSeconds(context, 10 * 86_400));
  yield context.df.Task.any([context.df.waitForExternalEvent('one'), timer]);
  yield context.df.Task.any([context.df.waitForExternalEvent('two'), timer]);
  return 'done';
});
df.app.orchestration('timerAgain', function* (context: OrchestrationContext) {
  const timer = context.df.createTimer(inSeconds(context, 60));
  for (const name of ['one', 'two']) {
    const event = context.df.waitForExternalEvent(name);
    const winner: unknown = yield context.df.Task.any([event, timer]);
    if (winner === timer) return `${name} is late`;
  }
  timer.cancel();
  return 'both in time';
});
// Reminders until the answer comes: a wait for an event has no id.
df.app.orchestration('eventAgain', function* (context: OrchestrationContext) {
  const answer = context.df.waitForExternalEvent('one');
  for (let reminders = 0; ; reminders += 1) {
    const timer = context.df.createTimer(inSeconds(context, 60));
    const winner: unknown = yield context.df.Task.any([answer, timer]);
    if (winner === answer) {
      timer.cancel();
      return reminders;
    }
    yield context.df.callActivity('value', reminders);
  }
});
// One task fails while a sibling is still being retried. The code continues at once, the host does
// not.
df.app.orchestration('continuesTooEarly', function* (context: OrchestrationContext) {
  try {
    yield context.df.Task.all([
      context.df.callActivity('fails'),
      context.df.callActivityWithRetry('failsTwice', new df.RetryOptions(1_000, 5)),
    ]);
  } catch {
    const cleaned: unknown = yield context.df.callActivity('value', 'cleaned up');
    return cleaned;
  }
  return 'no error';
});
df.app.orchestration('continuesInTime', function* (context: OrchestrationContext) {
  try {
    yield context.df.Task.all([
      context.df.callActivity('fails'),
      context.df.callActivity('value', 1),
    ]);
  } catch {
    const cleaned: unknown = yield context.df.callActivity('value', 'cleaned up');
    return cleaned;
  }
  return 'no error';
});
df.app.orchestration('yieldsAgain', function* (context: OrchestrationContext) {
  const task = context.df.callActivity('value', 'once');
  const first: unknown = yield task;
  const second: unknown = yield task;
  return [first, second];
});
df.app.orchestration('callsOut', function* (context: OrchestrationContext) {
  yield context.df.callHttp({ method: 'GET', url: 'http://127.0.0.1/' });
});
df.app.orchestration('callsEntity', function* (context: OrchestrationContext) {
  yield context.df.callEntity(new df.EntityId('counter', 'a'), 'add', 1);
});

let engine: EngineUnderTest;
afterEach(async () => {
  await engine.stop();
  flip = false;
  failTwice = 0;
});

async function outcomeOf(
  name: string,
  events: readonly string[] = [],
  beforeEvents: () => Promise<void> = () => engine.host.idle(),
): Promise<{ status: string; output: string }> {
  engine = await openEngine();
  const id = await engine.start(name);
  await beforeEvents();
  for (const event of events) {
    await engine.call('POST', `instances/${id}/raiseEvent/${event}`, 1);
    await engine.host.idle();
  }
  await engine.settle();
  const { runtimeStatus, output } = await engine.status(id);
  return {
    status: runtimeStatus,
    output: typeof output === 'string' ? output : JSON.stringify(output),
  };
}

describe('an orchestrator that is not deterministic', () => {
  it.each([
    [
      'changesItsMind',
      /sequence ID 0 named 'value' but the current replay execution scheduled task 'other' in its place/,
    ],
    [
      'forgets',
      /sequence ID 0 named 'value' but the current replay execution hasn't scheduled this task/,
    ],
    ['swapsTimerForTask', /scheduled a timer with sequence ID 0/],
  ])('%s fails with the reason', async (name, reason) => {
    const { status, output } = await outcomeOf(name);
    expect(status).toBe('Failed');
    expect(output).toContain('Non-Deterministic workflow detected');
    expect(output).toMatch(reason);
    expect(engine.logged.join('\n')).toContain('Non-Deterministic workflow detected');
  });
});

describe('a task in a second compound', () => {
  it.each(['slidingWindow', 'anyThenAll'])('%s fails and runs no activity twice', async (name) => {
    const { status, output } = await outcomeOf(name);
    expect(status).toBe('Failed');
    expect(output).toMatch(/was yielded in a second compound/);
  });

  it.each([
    ['timerThenTask', ['one', 'two']],
    ['timerThenTask', ['one']],
    ['longTimerAgain', ['one']],
  ])('%s after the events %j fails, because later ids differ', async (name, events) => {
    const { status, output } = await outcomeOf(name, events);
    expect(status).toBe('Failed');
    expect(output).toMatch(/a timer was yielded in a second compound/);
  });

  it.each<[string, string[]]>([
    ['one is late', []],
    ['two is late', ['one']],
    ['both in time', ['one', 'two']],
    ['both in time', ['two', 'one']],
  ])('is allowed for a timer when nothing with an id follows: %s', async (output, events) => {
    expect(await outcomeOf('timerAgain', events)).toEqual({ status: 'Completed', output });
  });

  it('is allowed for an event', async () => {
    const twoReminders = async (): Promise<void> => {
      await engine.settle(() => engine.clock.now() >= startMs + 150_000);
    };
    expect(await outcomeOf('eventAgain', ['one'], twoReminders)).toEqual({
      status: 'Completed',
      output: '3',
    });
  });

  it('is allowed for a single task that is yielded again', async () => {
    expect(await outcomeOf('yieldsAgain')).toEqual({
      status: 'Completed',
      output: '["once","once"]',
    });
  });
});

describe('code that continues after the first failure in a Task.all', () => {
  it('fails while siblings are being retried, because results would go to the wrong tasks', async () => {
    const { status, output } = await outcomeOf('continuesTooEarly');
    expect(status).toBe('Failed');
    expect(output).toMatch(/went on after the first failure in a Task.all/);
  });

  it('is allowed when no sibling gets another id', async () => {
    expect(await outcomeOf('continuesInTime')).toEqual({
      status: 'Completed',
      output: 'cleaned up',
    });
  });
});

describe('what this host does not offer', () => {
  it.each([
    ['callsOut', 'callHttp'],
    ['callsEntity', 'callEntity'],
  ])('%s fails with a clear message', async (name, what) => {
    const { status, output } = await outcomeOf(name);
    expect(status).toBe('Failed');
    expect(output).toContain(`(${what}), which this host does not offer`);
  });
});
