import { afterEach, describe, expect, it } from 'vitest';
import { takeQuotaForBatch } from '../../orchestrations/commands/readCheckpoint.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { openWorld, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

const start = Date.parse('2026-11-20T08:00:00Z');
const sourceTenantUsers = (from: number, count: number) =>
  Array.from(
    { length: count },
    (_, n) => `aaaaaaaa-0000-4000-8000-${String(from + n).padStart(12, '0')}`,
  );

describe('the quota for OneDrives of the source', { timeout: 120_000 }, () => {
  it('is shared by the batches of all migrations: a batch without quota waits until some is released', async () => {
    let most = 0;
    world = await openWorld({
      batchSize: 2,
      maxQueuedMoves: 5,
      onInvoked: () => {
        void world.stores.quota.count().then((moves) => {
          most = Math.max(most, moves);
        });
      },
    });
    const first = await world.accept(4);
    const second = await world.accept(3, { name: 'other', users: sourceTenantUsers(21, 3) });
    await world.engine.settle(() => world.clock.now() > start + 1_800_000);
    expect((await world.jobs()).length).toBeLessThan(4);
    const waiting = [
      ...(await world.stores.batches.list(first)),
      ...(await world.stores.batches.list(second)),
    ].filter(({ jobId }) => jobId === null);
    for (const { message } of waiting) expect(message).toContain('waiting for quota');
    expect(waiting.length).toBeGreaterThan(0);
    await world.engine.settle();
    expect((await world.migration(first)).counts).toEqual({ ...noCounts, succeeded: 4 });
    expect((await world.migration(second)).counts).toEqual({ ...noCounts, succeeded: 3 });
    expect(most).toBeGreaterThan(3);
    expect(most).toBeLessThanOrEqual(5);
    expect(await world.stores.quota.count()).toBe(0);
  });

  it('is not needed without OneDrives, nor for a validation alone', async () => {
    world = await openWorld({ batchSize: 2, maxQueuedMoves: 1 });
    const id = await world.accept(4, { workloads: ['Exchange'] });
    await world.engine.settle(() => world.clock.now() > start + 60_000);
    expect(await world.jobs()).toHaveLength(2);
    const validation = await world.accept(4, {
      name: 'look',
      users: sourceTenantUsers(21, 4),
      validateOnly: true,
    });
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');
    expect((await world.migration(validation)).phase).toBe('completed');
  });

  it('admits a batch that is larger than it when nothing else is queued', async () => {
    world = await openWorld({ batchSize: 3, maxQueuedMoves: 2 });
    const id = await world.accept(5);
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 5 });
  });

  it('is not held by a batch that has ended: a stalled instance releases it', async () => {
    world = await openWorld({ batchSize: 2, maxQueuedMoves: 2 });
    const id = await world.accept(2, {
      completeAfterDateTime: new Date(start + 5 * 86_400_000).toISOString(),
    });
    await world.engine.settle(() => world.clock.now() > start + 3_600_000);
    const [batch] = await world.stores.batches.list(id);
    if (batch === undefined) throw new Error('there is no batch');
    const { tasks, quota } = world.stores;
    const late = {
      ...world.services,
      stores: {
        ...world.stores,
        quota: {
          ...quota,
          hold: async (...given: Parameters<typeof quota.hold>) =>
            world.engine.settle().then(() => quota.hold(...given)),
        },
      },
    };
    expect(await tasks.listOpen(id, batch.batchId)).toHaveLength(2);
    await takeQuotaForBatch(await world.migration(id), batch, late);
    expect((await world.migration(id)).phase).toBe('completed');
    expect(await quota.count()).toBe(0);
  });

  it('is not waited for by a batch that is cancelled meanwhile', async () => {
    world = await openWorld({ batchSize: 2, maxQueuedMoves: 2 });
    const id = await world.accept(4, {
      completeAfterDateTime: new Date(start + 5 * 86_400_000).toISOString(),
    });
    await world.engine.settle(() => world.clock.now() > start + 3_600_000);
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'cancelled',
      counts: { ...noCounts, cancelled: 4 },
    });
    expect(await world.jobs()).toHaveLength(1);
    expect(await world.stores.quota.count()).toBe(0);
  });
});
