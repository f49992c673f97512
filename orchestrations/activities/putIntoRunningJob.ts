import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { RequestedUser } from '../../shared/contracts/usersRequest.ts';
import { GraphError } from '../../shared/graph/graphError.ts';
import type { ActivityServices } from './activityServices.ts';
import { newTask } from './newTask.ts';

// A job that is about to cut over may be gone before the user is in it.
const marginMs = 3_600_000;
const openPhases: readonly string[] = ['creating', 'validating', 'syncing'];
const throttled = 429;

/**
 * Graph: create user task. Puts users into jobs of this migration that have not cut over and have room, as long as the
 * tenant's API takes them; returns those who are in one. A user who was put there by an earlier try is there. Throws a GraphError
 * where Graph does not tell whether somebody is in a job: in a further batch as well he would be moved twice.
 */
export async function putIntoRunningJob(migration: Migration, users: readonly RequestedUser[], services: ActivityServices): Promise<ReadonlySet<string>> {
  const { stores } = services;
  const hosted = new Set<string>();
  // Read only now: a job may have begun to cut over while it was looked who has a task already.
  for (const batch of await stores.batches.list(migration.id)) {
    if (batch.jobId === null || batch.finishedAt !== null) continue;
    const members = new Set((await stores.tasks.listBatch(migration.id, batch.batchId)).map(({ taskId }) => taskId));
    const waiting = users.filter(({ targetUserId }) => !hosted.has(targetUserId));
    const room = isOpen(migration, batch, services.nowMs()) ? migration.batchSize - members.size : 0;
    // The same command may be carried out twice at the same time: whom the other run has put here is not counted again.
    const added = await putInto(batch, batch.jobId, waiting.filter(({ targetUserId }) => !members.has(targetUserId)), room, services);
    for (const { targetUserId } of waiting) if (members.has(targetUserId) || added.has(targetUserId)) hosted.add(targetUserId);
    if (added.size > 0) {
      const taskCount = members.size + added.size;
      await stores.batches.update(migration.id, batch.batchId, { taskCount, counts: { ...batch.counts, pending: batch.counts.pending + added.size } });
    }
  }
  return hosted;
}

/**
 * As many of the users as there is room for, each with his row before the next one, until the job takes no more. Without room
 * the first one may be there all the same: an earlier try may have ended before it wrote his row.
 */
async function putInto({ migrationId, batchId }: Batch, jobId: string, users: readonly RequestedUser[], room: number, services: ActivityServices): Promise<ReadonlySet<string>> {
  const added = new Set<string>();
  for (const user of users.slice(0, Math.max(room, 1))) {
    const updatedAt = new Date(services.nowMs()).toISOString();
    const isThere = room > 0 ? await create(jobId, user.targetUserId, updatedAt, services) : await isInJob(jobId, user.targetUserId, services);
    if (!isThere) break;
    await services.stores.tasks.insertMissing([newTask({ migrationId, batchId, updatedAt }, user)]);
    added.add(user.targetUserId);
  }
  return added;
}

async function create(jobId: string, userId: string, lastUpdatedDateTime: string, services: ActivityServices): Promise<boolean> {
  const created = await services.jobs.createTask(jobId, userId, { taskType: 'users', lastUpdatedDateTime });
  if (created.kind === 'done') return true;
  const hasNoEffect = created.kind === 'rejected' || created.kind === 'notFound' || created.problem.httpStatus === throttled;
  // Any other refusal may come after an earlier try that got through: the job itself says who is in it.
  return !hasNoEffect && (await isInJob(jobId, userId, services));
}

async function isInJob(jobId: string, userId: string, { jobs }: ActivityServices): Promise<boolean> {
  const found = await jobs.getTask(jobId, userId);
  if (found.kind !== 'done' && found.kind !== 'notFound') throw new GraphError('getTask', found.problem);
  return found.kind === 'done';
}

function isOpen({ completeAfterDateTime }: Migration, { phase }: Batch, nowMs: number): boolean {
  return openPhases.includes(phase) && (completeAfterDateTime === null || Date.parse(completeAfterDateTime) - nowMs > marginMs);
}
