import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OrchestrationContext } from 'durable-functions';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { DurableInvoke, InterruptedInvocation } from '../../durable/durableOptions.ts';
import type { Invocation, InvocationOutcome } from '../../invocation/invocation.ts';
import { df, type EngineUnderTest, invoke, openEngine, startMs } from './engineHarness.ts';

const visibilityMs = 300_000;
const ran: string[] = [];
df.app.activity('step', {
  handler: (input: string) => {
    ran.push(input);
    return `${input} ${String(ran.length)}`;
  },
});
df.app.orchestration('steps', function* (context: OrchestrationContext) {
  const one: unknown = yield context.df.callActivity('step', 'one');
  const two: unknown = yield context.df.callActivity('step', 'two');
  return { one, two, ms: context.df.currentUtcDateTime.getTime() - startMs };
});
df.app.orchestration('collects', function* (context: OrchestrationContext) {
  const got: unknown[] = [];
  while (got.length < 3) got.push(yield context.df.waitForExternalEvent('item'));
  return got;
});
df.app.orchestration('fans', function* (context: OrchestrationContext) {
  const tasks = Array.from({ length: 12 }, (_, n) => context.df.callActivity('step', String(n)));
  return ((yield context.df.Task.all(tasks)) as unknown[]).length;
});

/** A worker that can die. All its invocations are then interrupted and have no outcome. */
class Worker {
  readonly name: string;
  readonly started: string[] = [];
  readonly #died = Promise.withResolvers<InterruptedInvocation>();
  isDead = false;

  constructor(name: string) {
    this.name = name;
  }

  die(): void {
    this.isDead = true;
    this.#died.resolve({ ok: false, interrupted: true, redeliverAfterMs: visibilityMs });
  }

  run(
    invocation: Invocation,
    work: (invocation: Invocation) => Promise<InvocationOutcome>,
  ): Promise<InvocationOutcome | InterruptedInvocation> {
    this.started.push(invocation.functionName);
    return Promise.race([this.#died.promise, work(invocation)]);
  }
}

function interruption(late?: Promise<InvocationOutcome>): InterruptedInvocation {
  return {
    ok: false,
    interrupted: true,
    redeliverAfterMs: visibilityMs,
    ...(late === undefined ? {} : { late }),
  };
}

/**
 * Interrupts the invocations that `isInterrupted` selects by function and by how many of that
 * function came before.
 */
function interrupting(
  isInterrupted: (functionName: string, n: number) => boolean,
  what: (invocation: Invocation) => InterruptedInvocation = () => interruption(),
): DurableInvoke {
  const counts = new Map<string, number>();
  return (invocation) => {
    const n = counts.get(invocation.functionName) ?? 0;
    counts.set(invocation.functionName, n + 1);
    return isInterrupted(invocation.functionName, n)
      ? Promise.resolve(what(invocation))
      : invoke(invocation);
  };
}

const entrySchema = z.looseObject({
  t: z.string(),
  message: z
    .looseObject({
      event: z.looseObject({ EventType: z.number(), Result: z.string().nullish() }).optional(),
    })
    .optional(),
});

/** Returns the results that activities have sent, in their order. */
function results(dataDir: string): unknown[] {
  const lines = readFileSync(join(dataDir, 'journal.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines
    .map((line) => entrySchema.parse(JSON.parse(line)))
    .flatMap(({ message }) =>
      message?.event?.EventType === 5
        ? [JSON.parse(message.event.Result ?? 'null') as unknown]
        : [],
    );
}

let engine: EngineUnderTest;
afterEach(async () => {
  await engine.stop();
  ran.length = 0;
});

describe('a worker that dies', () => {
  it('during an activity: the activity runs again after the visibility timeout', async () => {
    engine = await openEngine({ invoke: interrupting((name, n) => name === 'step' && n === 0) });
    const id = await engine.start('steps');
    await engine.host.idle();
    expect([ran, engine.clock.nextAtMs()]).toEqual([[], startMs + visibilityMs]);
    expect(engine.logged.join('\n')).toContain(
      `A worker died during the activity step of ${id}; the work is delivered again in 300 s.`,
    );
    await engine.settle();
    expect(await engine.status(id)).toMatchObject({
      runtimeStatus: 'Completed',
      output: { one: 'one 1', two: 'two 2', ms: visibilityMs },
    });
  });

  it('during a turn: its messages are not consumed and are delivered again', async () => {
    engine = await openEngine({ invoke: interrupting((name, n) => name === 'steps' && n < 2) });
    const id = await engine.start('steps');
    await engine.host.idle();
    expect((await engine.status(id)).runtimeStatus).toBe('Pending');
    await engine.settle();
    expect(await engine.status(id)).toMatchObject({
      runtimeStatus: 'Completed',
      output: { one: 'one 1', two: 'two 2', ms: 2 * visibilityMs },
    });
  });

  it('during a turn: messages that arrive in the meantime are delivered before it', async () => {
    engine = await openEngine({
      invoke: interrupting((name, n) => name === 'collects' && n === 1),
    });
    const id = await engine.start('collects');
    await engine.host.idle();
    for (const item of [1, 2, 3]) {
      await engine.call('POST', `instances/${id}/raiseEvent/item`, item);
      await engine.host.idle();
    }
    expect((await engine.status(id)).runtimeStatus).toBe('Running');
    await engine.settle();
    expect((await engine.status(id)).output).toEqual([2, 3, 1]);
  });

  it('during the first turn: no message is delivered before the start', async () => {
    engine = await openEngine({
      invoke: interrupting((name, n) => name === 'collects' && n === 0),
    });
    const id = await engine.start('collects');
    await engine.host.idle();
    for (const item of [1, 2, 3]) {
      await engine.call('POST', `instances/${id}/raiseEvent/item`, item);
      await engine.host.idle();
    }
    expect(engine.turns).toHaveLength(1);
    await engine.settle();
    expect((await engine.status(id)).output).toEqual([1, 2, 3]);
  });

  it('does not stop the other worker, which runs its work later', async () => {
    const [one, two] = [new Worker('one'), new Worker('two')];
    let turn = 0;
    engine = await openEngine({
      invoke: (invocation) => {
        const worker = one.isDead || turn % 2 === 1 ? two : one;
        turn += 1;
        if (worker === two || invocation.functionName !== 'step')
          return worker.run(invocation, invoke);
        // It hangs in its first activity and dies.
        setImmediate(() => {
          one.die();
        });
        return worker.run(invocation, () => new Promise(() => undefined));
      },
    });
    const id = await engine.start('fans');
    await engine.settle();
    expect(await engine.status(id)).toMatchObject({ runtimeStatus: 'Completed', output: 12 });
    expect([...ran].sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 12 }, (_, n) => String(n)),
    );
    expect(one.started).toContain('step');
    expect(engine.clock.now()).toBe(startMs + visibilityMs);
  });

  it('loses no work when the engine restarts in the meantime', async () => {
    engine = await openEngine({ invoke: interrupting((name) => name === 'step') });
    const { dataDir, clock } = engine;
    const id = await engine.start('steps');
    await engine.host.idle();
    await engine.host.stop();
    expect(clock.nextAtMs()).toBeUndefined();
    engine = await openEngine({ dataDir, clock });
    await engine.host.idle();
    expect(await engine.status(id)).toMatchObject({
      runtimeStatus: 'Completed',
      output: { ms: 0 },
    });
  });
});

describe('a worker that was still alive', () => {
  it('returns before the activity is delivered again: it runs once', async () => {
    const late = Promise.withResolvers<InvocationOutcome>();
    engine = await openEngine({
      invoke: interrupting(
        (name, n) => name === 'step' && n === 0,
        () => interruption(late.promise),
      ),
    });
    const id = await engine.start('steps');
    await engine.host.idle();
    late.resolve({ ok: true, outputData: [], returnValue: { string: 'late' }, result: 'late' });
    await engine.settle();
    expect(ran).toEqual(['two']);
    expect((await engine.status(id)).output).toEqual({ one: 'late', two: 'two 1', ms: 0 });
  });

  it('returns after another has run the activity: both results arrive, the second is ignored', async () => {
    const late = Promise.withResolvers<InvocationOutcome>();
    engine = await openEngine({
      invoke: (() => {
        const first = interrupting(
          (name, n) => name === 'step' && n === 0,
          () => interruption(late.promise),
        );
        return async (invocation) => {
          const outcome = await first(invocation);
          // The late result is in the journal before the second activity has ended.
          if (ran.at(-1) === 'two' && invocation.functionName === 'step') {
            late.resolve({
              ok: true,
              outputData: [],
              returnValue: { string: 'late' },
              result: 'late',
            });
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          return outcome;
        };
      })(),
    });
    const id = await engine.start('steps');
    await engine.settle();
    expect(results(engine.dataDir)).toEqual(['one 1', 'late', 'two 2']);
    expect(await engine.status(id)).toMatchObject({
      runtimeStatus: 'Completed',
      output: { one: 'one 1', two: 'two 2', ms: visibilityMs },
    });
  });
});
