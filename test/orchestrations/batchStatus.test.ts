import { expect, it } from 'vitest';
import type { ActivityServices } from '../../orchestrations/activityServices.ts';
import { recountTasks, saveCounts } from '../../orchestrations/batchStatus.ts';
import { endBatch } from '../../orchestrations/migration/finish.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { createMemoryStores } from '../memoryStores/memoryStores.ts';
import { aBatch, aMigration, aTask } from '../shared/storage/sampleRows.ts';
import { noJobs } from './noJobs.ts';

const place = { migrationId: 'm-one', batchId: 'b001' };
const failed = (n: number): Task =>
  aTask('m-one', 'b001', n, {
    outcome: 'failed',
    services: [
      {
        service: 'SharePoint',
        status: 'failed',
        message: '',
        errors: [{ code: 'MnAMoveJobWasNotCreated', message: 'm' }],
      },
    ],
  });

async function world() {
  const stores = createMemoryStores();
  await stores.batches.insertMissing([aBatch('m-one', 'b001')]);
  await stores.tasks.insertMissing([1, 2, 3].map((n) => aTask('m-one', 'b001', n)));
  const services: ActivityServices = {
    stores,
    jobs: noJobs,
    maxParallelBatches: 1,
    maxQueuedMoves: 1,
    userTaskWrites: false,
    warn: () => undefined,
    nowMs: () => 0,
  };
  const users = async (): Promise<number | undefined> =>
    (await stores.batches.get('m-one', 'b001'))?.failures?.users;
  return { stores, services, users };
}

it('shows on the batch how many have ended while others go on', async () => {
  const { stores, services, users } = await world();
  await stores.tasks.save([failed(1)]);
  await recountTasks(place, services);
  expect(await stores.batches.get('m-one', 'b001')).toMatchObject({
    counts: { ...noCounts, failed: 1, pending: 2 },
    failures: {
      users: 1,
      reasons: [{ code: 'MnAMoveJobWasNotCreated', users: 1, services: ['SharePoint'] }],
    },
  });
  expect(await users()).toBe(1);
});

it('does not let one who counted earlier overwrite one who counted later', async () => {
  const { stores, services, users } = await world();
  await stores.tasks.save([failed(1)]);
  const early = await stores.tasks.listBatch('m-one', 'b001');
  await stores.tasks.save([failed(2)]);
  await recountTasks(place, services);
  expect(await users()).toBe(2);
  await recountTasks(place, {
    ...services,
    stores: { ...stores, tasks: { ...stores.tasks, listBatch: () => Promise.resolve(early) } },
  });
  expect(await users()).toBe(2);
});

it('counts whoever was added and not counted', async () => {
  const { stores, services } = await world();
  await stores.tasks.insertMissing([aTask('m-one', 'b001', 4)]);
  await saveCounts(place, await stores.tasks.listBatch('m-one', 'b001'), services);
  expect(await stores.batches.get('m-one', 'b001')).toMatchObject({
    taskCount: 4,
    counts: { ...noCounts, pending: 4 },
  });
  await stores.tasks.insertMissing([aTask('m-one', 'b001', 5)]);
  const batch = await stores.batches.get('m-one', 'b001');
  if (batch === undefined) throw new Error('the batch is gone');
  const ended = await endBatch(
    aMigration('m-one'),
    batch,
    { failure: 'f', stopped: null },
    services,
  );
  expect([ended, await stores.batches.get('m-one', 'b001')]).toMatchObject([
    { taskCount: 5 },
    { taskCount: 5, counts: { ...noCounts, failed: 5 } },
  ]);
});
