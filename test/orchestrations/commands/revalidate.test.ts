import { afterEach, describe, expect, it } from 'vitest';
import { outcomeMessageSchema } from '../../../shared/contracts/outcomeEvent.ts';
import { noCounts } from '../../../shared/domain/outcomes.ts';
import { openWorld, startMs, user, type World } from '../world.ts';
import { batchIs, conflict, day, effectsOf, inDays } from '../worldSteps.ts';

let world: World;
afterEach(() => world.close());

const events = () => world.stores.sent.map((event) => outcomeMessageSchema.parse(event));
const fails = (n: number, members: object) => ({ id: user(n), ...members });

describe('a request that holds on invalid users', () => {
  const invalid = (rounds?: number) => ({
    users: [
      fails(2, {
        invalid: [{ workload: 'Teams' as const, code: 'CTM-100' }],
        ...(rounds === undefined ? {} : { invalidTimes: rounds }),
      }),
    ],
  });
  const hold = { onInvalid: 'hold', holdTimeoutHours: 48 };

  it('waits with them listed, and goes on with everybody when they are fixed', async () => {
    world = await openWorld({ scenario: invalid(1) });
    const id = await world.accept(3, hold);
    await batchIs(world, id, 'held');
    expect((await world.stores.batches.list(id))[0]).toMatchObject({
      needsPerson: 'invalidUsers',
      counts: { invalid: 1, pending: 2 },
    });
    expect((await world.tasks(id)).map(({ outcome }) => outcome)).toEqual([null, 'invalid', null]);
    expect(events()).toMatchObject([
      { type: 'tenant-ferry.person.needed', data: { need: 'invalidUsers', batchId: 'b001' } },
    ]);
    expect(await world.ask(id, 'revalidate')).toMatchObject({
      kind: 'accepted',
      command: { targets: ['b001'] },
    });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 3 },
    });
    expect(await effectsOf(world)).toEqual(['create', 'validate', 'validate', 'migrate']);
    expect((await world.stores.batches.list(id))[0]?.needsPerson).toBeNull();
  });

  it('holds again while they are still invalid, and goes on without them when told to', async () => {
    world = await openWorld({ scenario: invalid() });
    const id = await world.accept(3, hold);
    await batchIs(world, id, 'held');
    await world.ask(id, 'revalidate');
    await world.engine.settle(() => events().length === 2);
    await batchIs(world, id, 'held');
    await world.ask(id, 'revalidate', { continueWithout: true });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completedWithErrors',
      counts: { ...noCounts, succeeded: 2, invalid: 1 },
    });
    expect((await world.jobs()).map(({ resources }) => resources.length)).toEqual([3, 2]);
    expect(await world.answers(id)).toEqual(['revalidate applied', 'revalidate applied']);
  });

  it('goes on in a new job without a user whom another migration has reserved meanwhile', async () => {
    world = await openWorld({ scenario: invalid(1) });
    const id = await world.accept(3, hold);
    await batchIs(world, id, 'held');
    const other = await world.accept(0, { ...hold, name: 'other', users: [user(2)] });
    await batchIs(world, other, 'validating');
    await world.ask(id, 'revalidate');
    await batchIs(world, other, 'held');
    await world.ask(other, 'revalidate');
    await world.engine.settle();
    expect((await world.jobs()).map(({ status, resources }) => [status, resources.length])).toEqual(
      [
        ['cancelled', 3],
        ['completed', 1],
        ['completed', 2],
      ],
    );
    expect((await world.tasks(id)).map(({ outcome }) => outcome)).toEqual([
      'succeeded',
      'invalid',
      'succeeded',
    ]);
    expect((await world.migration(other)).counts).toEqual({ ...noCounts, succeeded: 1 });
  });

  it('moves nobody when nobody decides in time', async () => {
    world = await openWorld({ scenario: invalid() });
    const id = await world.accept(3, hold);
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'failed',
      counts: { ...noCounts, invalid: 1, cancelled: 2 },
    });
    expect(world.clock.now()).toBeGreaterThan(startMs + 2 * day);
    expect(world.clock.now()).toBeLessThan(startMs + 3 * day);
    expect(await effectsOf(world)).not.toContain('migrate');
  });

  it('is the only one that revalidate means something to', async () => {
    world = await openWorld();
    const id = await world.accept(1, { completeAfterDateTime: inDays(3) });
    await batchIs(world, id, 'syncing');
    expect(await world.ask(id, 'revalidate')).toMatchObject(conflict('nothingHeld'));
  });
});
