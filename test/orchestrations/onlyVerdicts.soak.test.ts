import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { DurableInvoke } from '../../local/functions-host/index.ts';
import { invoke } from '../../local/functions-host/test/durable/engineHarness.ts';
import { activities } from '../../orchestrations/names.ts';
import type { CommandKind } from '../../shared/contracts/command.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { openWorld, startMs, user, type World } from './world.ts';
import { hour, until } from './worldSteps.ts';

let world: World;
afterEach(() => world.close());

const activityNames: ReadonlySet<string> = new Set(Object.values(activities));
const unreadable = (): unknown =>
  z.object({ phase: z.enum(['queued']) }).safeParse({ phase: 'fromALaterRelease' }).error;
const effects = async (): Promise<(string | undefined)[]> =>
  (await world.log())
    .map(({ effect }) => effect?.split(' ')[0])
    .filter((effect) => effect !== undefined);

/** Fails from the `nth` call of an activity on, for some hours: that activity, or every one of them. `sinceMs`: when that has begun. */
function failing({
  activity,
  nth = 1,
  hours,
  everything,
}: {
  readonly activity: string;
  readonly nth?: number;
  readonly hours: number;
  readonly everything: boolean;
}) {
  const trouble = { sinceMs: Infinity };
  let calls = 0;
  const failed: DurableInvoke = async (invocation) => {
    const { functionName } = invocation;
    const nowMs = world.clock.now();
    if (functionName === activity && (calls += 1) === nth) trouble.sinceMs = nowMs;
    const isIn = nowMs >= trouble.sinceMs && nowMs < trouble.sinceMs + hours * hour;
    if (isIn && (everything ? activityNames.has(functionName) : functionName === activity))
      return { ok: false, error: everything ? new Error('storage is out of reach') : unreadable() };
    return invoke(invocation);
  };
  return { trouble, invoke: failed };
}

interface Place {
  readonly activity: string;
  readonly nth?: number;
  /** What is asked while the job syncs. */
  readonly asks?: { readonly kind: CommandKind; readonly members?: object };
  readonly succeeded?: number;
}

/** Where a batch can be struck. */
const inBatch: readonly Place[] = [
  { activity: 'createJob' },
  { activity: 'validateJob' },
  { activity: 'migrateJob' },
  { activity: 'pollJob' },
  { activity: 'pollJob', nth: 10 },
  { activity: 'pollJob', nth: 25 },
  { activity: 'readCheckpoint' },
  { activity: 'readCheckpoint', nth: 2 },
  { activity: 'recordTasks' },
  { activity: 'recordTasks', nth: 3 },
  {
    activity: 'readCommands',
    asks: {
      kind: 'reschedule',
      members: { completeAfterDateTime: new Date(startMs + 30 * hour).toISOString() },
    },
  },
  {
    activity: 'recordCommandResult',
    asks: {
      kind: 'reschedule',
      members: { completeAfterDateTime: new Date(startMs + 30 * hour).toISOString() },
    },
  },
  { activity: 'finishBatch' },
];

/** Where its migration can be. */
const inMigration: readonly Place[] = [
  { activity: 'planMigration' },
  {
    activity: 'planRun',
    asks: { kind: 'addTasks', members: { users: [{ targetUserId: user(9) }] } },
    succeeded: 3,
  },
  {
    activity: 'nextBatch',
    asks: { kind: 'addTasks', members: { users: [{ targetUserId: user(9) }] } },
    succeeded: 3,
  },
  { activity: 'finishMigration' },
];

const at = ({ activity, nth = 1 }: Place): string => `${activity}, call ${String(nth)}`;

async function began({ asks }: Place): Promise<string> {
  const id = await world.accept(2, {
    completeAfterDateTime: new Date(startMs + 20 * hour).toISOString(),
  });
  if (asks === undefined) return id;
  await until(world, startMs + 3 * hour);
  expect(await world.ask(id, asks.kind, asks.members)).toMatchObject({ kind: 'accepted' });
  return id;
}

async function expectTruth(id: string, { asks, succeeded = 2 }: Place): Promise<void> {
  expect(await world.migration(id)).toMatchObject({
    phase: 'completed',
    message: null,
    counts: { ...noCounts, succeeded },
  });
  const jobs = await world.jobs();
  expect(jobs.map(({ status }) => status)).toEqual(
    Array.from({ length: succeeded - 1 }, () => 'completed'),
  );
  expect((await effects()).filter((effect) => effect === 'migrate')).toHaveLength(jobs.length);
  expect(await world.answers(id)).toEqual(asks === undefined ? [] : [`${asks.kind} applied`]);
  for (const batch of await world.stores.batches.list(id))
    expect(batch).toMatchObject({ phase: 'completed', delayedOperation: null });
}

describe('an activity that cannot read what it is given, for two hours,', () => {
  it.each(inBatch.map((place) => ({ ...place, place: at(place) })))(
    'ends no batch: $place',
    async (place) => {
      const { trouble, invoke: invokes } = failing({ ...place, hours: 2, everything: false });
      world = await openWorld({ invoke: invokes });
      const id = await began(place);
      await world.engine.settle(() => world.clock.now() >= trouble.sinceMs + 1.5 * hour);
      expect(trouble.sinceMs).toBeLessThan(Infinity);
      expect((await world.stores.batches.list(id))[0]).toMatchObject({
        finishedAt: null,
        delayedOperation: {
          operation: 'continue the batch',
          lastResponse: expect.stringContaining(
            `the activity ${place.activity} failed at every try`,
          ) as string,
        },
      });
      expect(world.warned.filter((line) => line.includes(place.activity)).length).toBeGreaterThan(
        0,
      );
      // It says so no longer than it is true.
      await until(world, trouble.sinceMs + 3.5 * hour);
      expect((await world.stores.batches.list(id))[0]).toMatchObject({ delayedOperation: null });
      await world.engine.settle();
      await expectTruth(id, place);
    },
  );

  it.each(inMigration.map((place) => ({ ...place, place: at(place) })))(
    'ends no migration: $place',
    async (place) => {
      const { trouble, invoke: invokes } = failing({ ...place, hours: 2, everything: false });
      world = await openWorld({ invoke: invokes });
      const id = await began(place);
      await world.engine.settle();
      expect(trouble.sinceMs).toBeLessThan(Infinity);
      await expectTruth(id, place);
    },
  );
});

describe('storage that is out of reach for three hours', () => {
  it.each([...inBatch, ...inMigration].map((place) => ({ ...place, place: at(place) })))(
    'ends nothing: from $place on',
    async (place) => {
      const { trouble, invoke: invokes } = failing({ ...place, hours: 3, everything: true });
      world = await openWorld({ invoke: invokes });
      const id = await began(place);
      await world.engine.settle();
      expect(trouble.sinceMs).toBeLessThan(Infinity);
      await expectTruth(id, place);
    },
  );
});

describe('what a later release has added', () => {
  const later = { laterMember: { of: ['a', 'later', 'release'] } };

  it('to the answers of activities and to their input changes nothing', async () => {
    world = await openWorld({
      invoke: async (invocation) => {
        if (!activityNames.has(invocation.functionName)) return invoke(invocation);
        const inputData = invocation.inputData.map(({ name, data }) => ({
          name,
          data:
            data.string === undefined
              ? data
              : {
                  string: JSON.stringify({
                    ...z.looseObject({}).parse(JSON.parse(data.string)),
                    ...later,
                  }),
                },
        }));
        const outcome = await invoke({ ...invocation, inputData });
        return outcome.ok
          ? { ...outcome, result: { ...z.looseObject({}).parse(outcome.result), ...later } }
          : outcome;
      },
    });
    const place: Place = {
      activity: '',
      asks: {
        kind: 'reschedule',
        members: { completeAfterDateTime: new Date(startMs + 30 * hour).toISOString() },
      },
    };
    const id = await began(place);
    await world.engine.settle();
    await expectTruth(id, place);
    expect(world.warned).toEqual([]);
  });
});
