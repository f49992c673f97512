import { afterEach, describe, expect, it } from 'vitest';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { freeze, freezeAfter, unfreeze } from './freezes.ts';
import { openWorld, startMs, user, type World } from './world.ts';
import { after, batchIs, day, effectsOf, hour, inDays, minute, until } from './worldSteps.ts';

let world: World;
afterEach(() => world.close());

const rowOf = async (id: string) => (await world.stores.batches.list(id))[0];

describe('a freeze of users’ jobs', () => {
  it.each<[string, string]>([
    ['before there is a job', 'queued'],
    ['before its cutover', 'validating'],
  ])('lets a cancel through %s', async (_, phase) => {
    world = await openWorld();
    if (phase === 'queued') await freeze(world);
    const id = await world.accept(2);
    if (phase !== 'queued') {
      await batchIs(world, id, phase);
      await freeze(world);
    }
    await after(world, day);
    await world.ask(id, 'cancel');
    await after(world, hour);
    expect(await world.migration(id)).toMatchObject({
      phase: 'cancelled',
      counts: { ...noCounts, cancelled: 2 },
    });
    expect((await rowOf(id))?.message).toBe('cancelled on request');
    expect(await world.answers(id)).toEqual(['cancel applied']);
    expect((await world.jobs()).map(({ status }) => status)).toEqual(
      phase === 'queued' ? [] : ['cancelled'],
    );
  });

  it('lets the cutover of a job that runs be moved', async () => {
    world = await openWorld();
    const id = await world.accept(2, { completeAfterDateTime: inDays(6) });
    await batchIs(world, id, 'syncing');
    await freeze(world);
    await world.ask(id, 'reschedule', { completeAfterDateTime: inDays(12) });
    await until(world, startMs + 11 * day);
    expect(await world.answers(id)).toEqual(['reschedule applied']);
    expect((await rowOf(id))?.phase).toBe('syncing');
    await world.engine.settle();
  });

  it('leaves the time for an approval as it is, and an approval that comes meanwhile holds', async () => {
    world = await openWorld();
    const approval = {
      requestedBy: 'lee@fabrikam.com',
      approval: { required: true, timeoutHours: 72 },
    };
    const id = await world.accept(2, approval);
    await batchIs(world, id, 'validating');
    await freeze(world);
    await after(world, day);
    await world.ask(id, 'approve', { by: 'ana@fabrikam.com' });
    await until(world, startMs + 4 * day);
    expect(await effectsOf(world)).not.toContain('migrate');
    const other = await world
      .accept(2, { ...approval, name: 'other', users: [user(8), user(9)] })
      .catch((error: unknown) => error);
    expect(typeof other).toBe('string');
    await unfreeze(world);
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');
    expect((await world.migration(String(other))).phase).toBe('cancelled');
  });

  it.each([
    ['before it is asked for', false],
    ['after it has passed its checkpoint', true],
  ])('holds a retry in the same job, %s', async (_, late) => {
    let isRetried = false;
    const onGate = freezeAfter(
      () => world,
      'readCheckpoint',
      (answer) => isRetried && answer.includes('"go"'),
    );
    world = await openWorld({
      scenario: {
        users: [
          { id: user(2), failed: [{ workload: 'Exchange', code: 'EXCH-08' }], failedTimes: 1 },
        ],
      },
      ...(late ? { onInvoked: onGate } : {}),
    });
    const id = await world.accept(2);
    await world.engine.settle();
    if (!late) await freeze(world);
    isRetried = true;
    expect(await world.ask(id, 'retry')).toMatchObject({ kind: 'accepted' });
    await after(world, 2 * day);
    expect((await effectsOf(world)).filter((effect) => effect === 'migrate')).toHaveLength(1);
    expect((await rowOf(id))?.message).toContain('waits because of the freeze');
    await unfreeze(world);
    await world.engine.settle();
    expect((await effectsOf(world)).filter((effect) => effect === 'migrate')).toHaveLength(2);
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 2 },
    });
  });

  it('puts nobody into a running job, and does so once it is lifted', async () => {
    world = await openWorld({
      userTaskWrites: true,
      scenario: { switches: { userTaskWrites: true } },
    });
    const id = await world.accept(3, { completeAfterDateTime: inDays(6) });
    await batchIs(world, id, 'syncing');
    await freeze(world);
    await world.ask(id, 'addTasks', { users: [{ targetUserId: user(4) }] });
    await after(world, day);
    const puts = async () =>
      (await world.log()).filter(
        ({ method, path }) => method === 'POST' && path.endsWith('/users'),
      );
    expect(await puts()).toEqual([]);
    expect(await world.answers(id)).toEqual(['addTasks pending']);
    // Nothing was begun for the user: they are free.
    expect((await world.stores.users.find([`user:${user(4)}`])).size).toBe(0);
    await unfreeze(world);
    await after(world, 7 * minute);
    expect(await world.answers(id)).toEqual(['addTasks applied']);
    expect(await puts()).toHaveLength(1);
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      batchCount: 1,
      counts: { ...noCounts, succeeded: 4 },
    });
  });
});
