import { expect, it } from 'vitest';
import type { ActivityServices } from '../../../orchestrations/activityServices.ts';
import { pollJob } from '../../../orchestrations/users/pollJob.ts';
import { inSight } from '../../../shared/contracts/internal/batch.ts';
import type { Job } from '../../../shared/graph/jobs.ts';
import { createMemoryStores } from '../../memoryStores/memoryStores.ts';
import { aBatch, aMigration, taken } from '../../shared/storage/sampleRows.ts';
import { noJobs } from '../noJobs.ts';

it('writes the row of a batch for a caller who has seen nothing yet only when the row does not say it already', async () => {
  const stores = createMemoryStores();
  await stores.migrations.accept(taken(aMigration('m-one')));
  await stores.batches.insertMissing([aBatch('m-one', 'b001')]);
  const written: object[] = [];
  const update: typeof stores.batches.update = async (migrationId, batchId, changes) => {
    written.push(changes);
    await stores.batches.update(migrationId, batchId, changes);
  };
  let job: Job = {
    id: 'job',
    displayName: 'wave-b001',
    status: 'validateInProgress',
    message: '',
    completeAfterDateTime: null,
    sourceTenantId: null,
    resources: [],
    lastUpdatedDateTime: null,
  };
  const services: ActivityServices = {
    stores: { ...stores, batches: { ...stores.batches, update } },
    jobs: {
      ...noJobs,
      getJob: () => Promise.resolve({ kind: 'done', value: job, requestId: 'r' }),
    },
    maxParallelBatches: 40,
    maxQueuedMoves: 4_000,
    userTaskWrites: false,
    warn: () => undefined,
    nowMs: () => 0,
  };
  const poll = (waiterId: string | null): Promise<unknown> =>
    pollJob(
      {
        migrationId: 'm-one',
        batchId: 'b001',
        jobId: 'job',
        lastStatus: null,
        lastNeed: null,
        waiterId,
        sight: inSight,
        completeAfterMs: null,
      },
      services,
    );
  await poll(null);
  expect(written).toHaveLength(1);
  await poll(null);
  expect(written).toHaveLength(1);
  await poll('watch-1');
  expect(written[1]).toMatchObject({ waiterId: 'watch-1' });
  job = { ...job, status: 'validatePassed', message: 'all valid' };
  await poll(null);
  expect(written[2]).toMatchObject({ jobStatus: 'validatePassed', message: 'all valid' });
  await poll('watch-1');
  expect(written).toHaveLength(3);
});
