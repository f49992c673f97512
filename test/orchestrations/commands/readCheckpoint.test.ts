import { expect, it } from 'vitest';
import type { ActivityServices } from '../../../orchestrations/activityServices.ts';
import { readCheckpoint } from '../../../orchestrations/commands/readCheckpoint.ts';
import { createMemoryStores } from '../../memoryStores/memoryStores.ts';
import {
  aBatch,
  aDecision,
  aMigration,
  anApproval,
  at,
  aTask,
  taken,
} from '../../shared/storage/sampleRows.ts';
import { noJobs } from '../noJobs.ts';

it('reads the users without an outcome once for the approval, the step and the quota together', async () => {
  const stores = createMemoryStores();
  const users = [1, 2, 3].map((n) => aTask('m-one', 'b001', n));
  await stores.migrations.accept(
    taken(aMigration('m-one', { approvalHours: 72, workloads: ['ODSP'] })),
  );
  await stores.batches.insertMissing([{ ...aBatch('m-one', 'b001'), run: 2 }]);
  await stores.tasks.insertMissing(users);
  const { decision: _none, ...asked } = anApproval('m-one', 1);
  await stores.requests.saveApproved(
    'm-one',
    asked.approvalId,
    users.map(({ taskId }) => taskId),
  );
  await stores.commands.askApproval(asked);
  await stores.commands.decide(aDecision('m-one', 1));
  let reads = 0;
  const services: ActivityServices = {
    stores: {
      ...stores,
      tasks: {
        ...stores.tasks,
        listOpen: (migrationId, batchId) => {
          reads += 1;
          return stores.tasks.listOpen(migrationId, batchId);
        },
      },
    },
    jobs: noJobs,
    maxParallelBatches: 40,
    maxQueuedMoves: 4_000,
    userTaskWrites: false,
    warn: () => undefined,
    nowMs: () => Date.parse(at(3)),
  };
  const place = { migrationId: 'm-one', batchId: 'b001', sinceMs: 0, waiterId: null };
  expect(await readCheckpoint({ ...place, stage: 'migrate' }, services)).toEqual({ kind: 'go' });
  expect(reads).toBe(1);
  expect(await stores.quota.count()).toBe(3);
});
