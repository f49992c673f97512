import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryStores, type MemoryStores } from '../../../local/storage/memoryStores.ts';
import { addTasks } from '../../../orchestrations/activities/addTasks.ts';
import { aBatch, aMigration, aTask } from '../../shared/storage/sampleRows.ts';
import { noJobs } from './noJobs.ts';

const migration = aMigration('m-one');
const added = aTask('m-one', 'b001', 11);
let stores: MemoryStores;

beforeEach(async () => {
  stores = createMemoryStores();
  await stores.batches.insertMissing([{ ...aBatch('m-one', 'b001'), phase: 'syncing', jobId: 'job-1' }]);
  await stores.requests.saveAdded('m-one', 'c-add', [{ targetUserId: added.taskId }]);
});

/** Adds the user to a migration in which something happens once it has been seen that he has no task; Graph must not be asked. */
async function addWhile(happens: () => Promise<void>): Promise<string> {
  let before: Promise<void> | undefined;
  const { tasks } = stores;
  const racing = {
    ...stores,
    tasks: {
      ...tasks,
      listBatch: async (migrationId: string, batchId: string) => {
        const seen = await tasks.listBatch(migrationId, batchId);
        await (before ??= happens());
        return seen;
      },
    },
  };
  const { detail } = await addTasks(migration, 'c-add', { stores: racing, jobs: noJobs, maxParallelBatches: 40, maxQueuedMoves: 10, userTaskWrites: true, nowMs: () => 0 });
  return detail;
}

describe('a user who is added to a migration with a running job', () => {
  it('is in it once, and counted once, when the same command is carried out twice at the same time', async () => {
    const detail = await addWhile(async () => {
      await stores.tasks.insertMissing([added]);
      await stores.batches.update('m-one', 'b001', { taskCount: 4 });
    });
    expect(detail).toBe('1 in a running job');
    expect((await stores.batches.list('m-one')).map(({ taskCount }) => taskCount)).toEqual([4]);
  });

  it('goes into a further batch when the job has begun to cut over by then', async () => {
    expect(await addWhile(() => stores.batches.update('m-one', 'b001', { phase: 'cuttingOver' }))).toBe('1 in b002');
    expect((await stores.tasks.listBatch('m-one', 'b002')).map(({ taskId }) => taskId)).toEqual([added.taskId]);
  });
});
