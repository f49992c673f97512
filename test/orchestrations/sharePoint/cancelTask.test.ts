import { beforeEach, describe, expect, it } from 'vitest';
import type { ActivityServices } from '../../../orchestrations/activityServices.ts';
import { newSharePointTask } from '../../../orchestrations/migration/plan.ts';
import { cancelTask } from '../../../orchestrations/sharePoint/cancelTask.ts';
import { takeQuota } from '../../../orchestrations/sharePoint/quota.ts';
import {
  isSharePointTask,
  type SharePointTaskRow,
} from '../../../orchestrations/sharePoint/taskRow.ts';
import { createMemoryStores, type MemoryStores } from '../../memoryStores/memoryStores.ts';
import { aBatch, aMigration, taken } from '../../shared/storage/sampleRows.ts';
import { noJobs } from '../noJobs.ts';

const at = '2026-11-20T08:00:00.000Z';
let stores: MemoryStores;
let services: ActivityServices;
let move: SharePointTaskRow;
const ref = () => ({ migrationId: 'm-one', batchId: 'b001', taskId: move.taskId });
const turn = (waiterId: string | null) => ({ ...ref(), run: 1, restarts: 0, waiterId });
const take = () => takeQuota(turn('m-one-b001-t1'), services);

beforeEach(async () => {
  stores = createMemoryStores();
  services = {
    stores,
    jobs: noJobs,
    maxQueuedMoves: 10,
    maxParallelBatches: 40,
    userTaskWrites: false,
    warn: () => undefined,
    nowMs: () => Date.parse(at),
  };
  await stores.migrations.accept(taken(aMigration('m-one', { kind: 'sharePoint' })));
  await stores.batches.insertMissing([aBatch('m-one', 'b001')]);
  const row = newSharePointTask(
    { migrationId: 'm-one', batchId: 'b001', updatedAt: at },
    {
      '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
      targetOrganizationHost: 'https://fabrico-my.sharepoint.com',
      sourceSiteUrl: 'https://contoso.sharepoint.com/sites/a',
      targetSiteUrl: 'https://fabrico.sharepoint.com/sites/a',
    },
  );
  if (!isSharePointTask(row)) throw new Error('no parameters');
  move = row;
  await stores.tasks.insertMissing([move]);
});

describe('a task that waits for quota when it is cancelled', () => {
  it('never gets one, and has its outcome at once', async () => {
    expect(await cancelTask(move, services)).toEqual({ kind: 'stopped' });
    expect(await stores.tasks.get('m-one', 'b001', move.taskId)).toMatchObject({
      outcome: 'cancelled',
    });
    expect(await take()).toEqual({ kind: 'ended' });
    expect([await stores.quota.find(ref()), await stores.quota.count()]).toEqual([undefined, 0]);
  });

  it('does not slip through while it is being cancelled', async () => {
    let slipped: unknown;
    const racing: ActivityServices = {
      ...services,
      stores: {
        ...stores,
        tasks: {
          ...stores.tasks,
          // The task asks for quota between the bar and the outcome.
          save: async (tasks) => {
            slipped ??= await take();
            return stores.tasks.save(tasks);
          },
        },
      },
    };
    expect(await cancelTask(move, racing)).toEqual({ kind: 'stopped' });
    expect(slipped).toEqual({ kind: 'ended' });
    expect(await stores.quota.count()).toBe(0);
  });
});

describe('a task that has ended when an instance that stood still goes on', () => {
  const ended = () => stores.tasks.save([{ ...move, outcome: 'succeeded' as const }]);

  it('gets no quota', async () => {
    const late: ActivityServices = {
      ...services,
      stores: {
        ...stores,
        quota: {
          ...stores.quota,
          hold: async (...given) => ended().then(() => stores.quota.hold(...given)),
        },
      },
    };
    expect(await takeQuota(turn(null), late)).toEqual({ kind: 'ended' });
    expect(await stores.quota.find(ref())).toBeUndefined();
  });

  it('gets no quota when its batch has ended as well', async () => {
    const endsMeanwhile: ActivityServices = {
      ...services,
      stores: {
        ...stores,
        quota: {
          ...stores.quota,
          hold: async (...given) =>
            stores.batches
              .update('m-one', 'b001', { finishedAt: at })
              .then(() => stores.quota.hold(...given)),
        },
      },
    };
    expect(await takeQuota(turn(null), endsMeanwhile)).toEqual({ kind: 'ended' });
    expect(await stores.quota.find(ref())).toBeUndefined();
  });

  it('is not barred: a retry can take quota', async () => {
    await ended();
    expect(await cancelTask(move, services)).toEqual({ kind: 'ended' });
    expect(await stores.quota.find(ref())).toBeUndefined();
  });
});

describe('a task that holds quota when it is cancelled', () => {
  it('is not said to be cancelled before Graph has it', async () => {
    expect(await take()).toEqual({ kind: 'done', graphTaskId: null });
    expect(await cancelTask(move, services)).toMatchObject({ kind: 'wait' });
    expect(await stores.tasks.get('m-one', 'b001', move.taskId)).toMatchObject({ outcome: null });
  });

  it('is not said to be cancelled when Graph has it and its quota was released', async () => {
    const created = { ...move, jobId: 'task-1' };
    await stores.tasks.save([created]);
    await expect(cancelTask(created, services)).rejects.toThrow('SOURCE_TENANT_ID');
    expect(await stores.tasks.get('m-one', 'b001', move.taskId)).toMatchObject({ outcome: null });
  });
});
