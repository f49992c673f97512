import { afterEach, describe, expect, it } from 'vitest';
import { outcomeMessageSchema } from '../../shared/contracts/outcomeEvent.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { freeze, freezeAfter, unfreeze } from './freezes.ts';
import { openWorld, startMs, user, type World } from './world.ts';
import { after, batchIs, day, effectsOf, inDays, minute, until } from './worldSteps.ts';

let world: World;
afterEach(() => world.close());

const rowOf = async (id: string) => (await world.stores.batches.list(id))[0];

const frozenText =
  'waits because of the freeze since 2026-11-20T08:00:00.000Z: nothing new is created or migrated until it is lifted';

describe('a freeze of users’ jobs', () => {
  it('takes new requests, creates nothing, says so, and lets them go on soon after it is lifted', async () => {
    world = await openWorld({ batchSize: 2 });
    await freeze(world);
    const id = await world.accept(4);
    await until(world, startMs + day);
    expect(await world.log()).toEqual([]);
    expect(await rowOf(id)).toMatchObject({
      phase: 'queued',
      message: frozenText,
      needsPerson: null,
    });
    const trail = (await world.stores.audit.list(id, { pageSize: 100 })).items.filter(
      ({ type }) => type === 'batch.frozen',
    );
    expect(trail.map(({ batchId, by, detail }) => [batchId, by, detail])).toEqual([
      ['b001', 'ana@fabrikam.com', frozenText],
      ['b002', 'ana@fabrikam.com', frozenText],
    ]);
    // The wait costs the same on its last day as on its first.
    const turns = world.engine.turns
      .filter(({ instanceId }) => instanceId === `${id}-b001-g1`)
      .map(({ events }) => events);
    expect(turns.length).toBeGreaterThan(200);
    expect(Math.max(...turns.slice(-20))).toBe(Math.max(...turns.slice(0, 20)));
    await unfreeze(world);
    await after(world, 7 * minute);
    expect((await effectsOf(world)).filter((effect) => effect === 'create')).toHaveLength(2);
    expect((await rowOf(id))?.message).toBeNull();
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 4 },
    });
  });

  it('validates a job that is there, and migrates it only once it is lifted', async () => {
    world = await openWorld();
    const id = await world.accept(2);
    await batchIs(world, id, 'validating');
    await freeze(world);
    await after(world, 2 * day);
    expect(await effectsOf(world)).toEqual(['create', 'validate']);
    expect((await rowOf(id))?.message).toContain('waits because of the freeze');
    await unfreeze(world);
    await world.engine.settle();
    expect(await effectsOf(world)).toEqual(['create', 'validate', 'migrate']);
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 2 },
    });
  });

  it('watches what runs, and records its outcomes', async () => {
    world = await openWorld({
      scenario: { users: [{ id: user(2), failed: [{ workload: 'Exchange', code: 'EXCH-08' }] }] },
    });
    const id = await world.accept(3, { completeAfterDateTime: inDays(6) });
    await batchIs(world, id, 'syncing');
    await freeze(world);
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completedWithErrors',
      counts: { ...noCounts, succeeded: 2, failed: 1 },
    });
  });

  it.each([
    ['create', 'createJob', []],
    ['migrate', 'migrateJob', ['create', 'validate']],
  ])('holds a %s that had passed its checkpoint before', async (stage, activity, before) => {
    const runs: string[] = [];
    const onGate = freezeAfter(
      () => world,
      'readCheckpoint',
      (answer, input) => answer.includes('"go"') && input.includes(`"stage":"${stage}"`),
    );
    world = await openWorld({
      onInvoked: (invocation, outcome) => {
        runs.push(invocation.functionName);
        onGate(invocation, outcome);
      },
    });
    const id = await world.accept(2);
    await until(world, startMs + 2 * day);
    expect(runs).toContain(activity);
    expect(await effectsOf(world)).toEqual(before);
    expect((await rowOf(id))?.message).toContain('waits because of the freeze');
    await unfreeze(world);
    await world.engine.settle();
    expect(await effectsOf(world)).toEqual(['create', 'validate', 'migrate']);
    expect((await world.migration(id)).phase).toBe('completed');
  });

  it('holds a create that Graph puts off', async () => {
    world = await openWorld({
      faults: {
        seed: 1,
        faults: [
          {
            kind: 'throttledSeconds',
            operation: 'createJob',
            occurrence: 1,
            times: 9,
            retryAfterSeconds: 600,
            scope: 'call',
          },
        ],
      },
    });
    const id = await world.accept(2);
    await until(world, startMs + 25 * minute);
    await freeze(world);
    await until(world, startMs + 2 * day);
    expect(await effectsOf(world)).toEqual([]);
    await unfreeze(world);
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');
  });

  it('outlives the seven days of a validation, which is then renewed', async () => {
    world = await openWorld();
    const id = await world.accept(2);
    await batchIs(world, id, 'validating');
    await freeze(world);
    await after(world, 9 * day);
    await unfreeze(world);
    await world.engine.settle();
    expect(await effectsOf(world)).toEqual(['create', 'validate', 'validate', 'migrate']);
    expect((await world.migration(id)).phase).toBe('completed');
  });

  it('is told once, and twice is as good as once', async () => {
    world = await openWorld();
    await freeze(world);
    world.clock.step();
    expect(await freeze(world)).toMatchObject({
      kind: 'accepted',
      frozen: { since: '2026-11-20T08:00:00.000Z' },
    });
    expect(await unfreeze(world)).toEqual({ kind: 'accepted', frozen: null });
    expect(await unfreeze(world)).toEqual({ kind: 'accepted', frozen: null });
    expect(
      world.stores.sent
        .map((event) => outcomeMessageSchema.parse(event))
        .map(({ type, id, data }) => [type, id, data]),
    ).toEqual([
      ['tenant-ferry.frozen', 'freezes/1', { since: '2026-11-20T08:00:00.000Z' }],
      ['tenant-ferry.unfrozen', 'freezes/3', { since: '2026-11-20T08:00:00.000Z' }],
    ]);
    const { items } = await world.stores.audit.list('freezes', { pageSize: 100 });
    expect(items.map(({ type, by, detail }) => `${type} ${String(by)} ${String(detail)}`)).toEqual([
      'command.freeze ana@fabrikam.com the wrong users',
      'frozen null null',
      'command.freeze ana@fabrikam.com the wrong users',
      'command.unfreeze ana@fabrikam.com null',
      'unfrozen null null',
      'command.unfreeze ana@fabrikam.com null',
    ]);
  });
});
