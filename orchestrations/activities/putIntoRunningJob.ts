import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { RequestedUser } from '../../shared/contracts/usersRequest.ts';
import type { ActivityServices } from './activityServices.ts';
import { newTask } from './newTask.ts';

// A job that is about to cut over may be gone before the user is in it.
const marginMs = 3_600_000;
const openPhases: readonly string[] = ['creating', 'validating', 'syncing'];

/**
 * Graph: create user task. Puts users into jobs of this migration that have not cut over and have room, as long as the
 * tenant's API takes them; returns those who are in one. A user who was put there by an earlier try is there.
 */
export async function putIntoRunningJob(migration: Migration, users: readonly RequestedUser[], services: ActivityServices): Promise<ReadonlySet<string>> {
  const { stores, jobs, nowMs } = services;
  const hosted = new Set<string>();
  const waiting = [...users];
  // Read only now: a job may have begun to cut over while it was looked who has a task already.
  for (const batch of await stores.batches.list(migration.id)) {
    if (batch.jobId === null || !isOpen(migration, batch, nowMs())) continue;
    const members = new Set((await stores.tasks.listBatch(migration.id, batch.batchId)).map(({ taskId }) => taskId));
    let added = 0;
    for (const user of [...waiting]) {
      // The same command may be carried out twice at the same time: whom the other run has put here is not counted again.
      const known = members.has(user.targetUserId);
      if (!known && members.size + added >= migration.batchSize) continue;
      const updatedAt = new Date(nowMs()).toISOString();
      if (!known) {
        const created = await jobs.createTask(batch.jobId, user.targetUserId, { taskType: 'users', lastUpdatedDateTime: updatedAt });
        // A refusal may come after an earlier try that got through: the job itself says who is in it.
        const isThere = created.kind === 'done' || ((created.kind === 'conflict' || created.kind === 'doubtful') && (await jobs.getTask(batch.jobId, user.targetUserId)).kind === 'done');
        if (!isThere) break;
        await stores.tasks.insertMissing([newTask({ migrationId: migration.id, batchId: batch.batchId, updatedAt }, user)]);
        added += 1;
      }
      hosted.add(user.targetUserId);
      waiting.splice(waiting.indexOf(user), 1);
    }
    if (added > 0) {
      const taskCount = members.size + added;
      await stores.batches.update(migration.id, batch.batchId, { taskCount, counts: { ...batch.counts, pending: batch.counts.pending + added } });
    }
  }
  return hosted;
}

function isOpen({ completeAfterDateTime }: Migration, { phase, finishedAt }: Batch, nowMs: number): boolean {
  return finishedAt === null && openPhases.includes(phase) && (completeAfterDateTime === null || Date.parse(completeAfterDateTime) - nowMs > marginMs);
}
