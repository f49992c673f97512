import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { RequestedUser } from '../../shared/contracts/request.ts';
import { ledgerKey, type Task } from '../../shared/contracts/task.ts';
import { commandPolicy, jobPolicy, pollingPolicy } from '../../shared/domain/policies.ts';
import type { JobTask } from '../../shared/graph/jobs.ts';
import { describeProblem } from '../../shared/graph/problems.ts';
import type { GraphProblem, GraphResult } from '../../shared/graph/result.ts';
import {
  type ActivityServices,
  release,
  releaseEnded,
  reserveUsers,
  storedBatch,
} from '../activityServices.ts';
import { isFrozen, taskTotals } from '../batchStatus.ts';
import { movedAgain, newTask } from '../migration/plan.ts';
import { recordedTask } from './taskOutcomes.ts';

const openPhases: readonly string[] = ['creating', 'validating', 'syncing'];

/** Graph does not say whether a user is in a job. Try again after `seconds`. */
export class MembershipUnknownError extends Error {
  override readonly name = 'MembershipUnknownError';
  readonly seconds: number;
  /** Whether a create was sent that may have taken effect. */
  readonly mayBeAdded: boolean;

  constructor(problem: GraphProblem, seconds: number, mayBeAdded = true) {
    super(`Graph does not say whether a user is in a job: ${describeProblem(problem)}`);
    this.seconds = seconds;
    this.mayBeAdded = mayBeAdded;
  }
}

/** A freeze is in force: no user was added to a running job. */
export class FrozenError extends Error {
  override readonly name = 'FrozenError';
  readonly seconds = commandPolicy.frozenSeconds;

  constructor() {
    super('users are not added to a running job during a freeze');
  }
}

/**
 * Graph: create user task. Adds the users of a command to jobs of this migration that have not cut
 * over and have capacity, as long as the tenant's API accepts them. The task rows show which users
 * were added, also by an earlier try. Throws a MembershipUnknownError if Graph does not say whether
 * a user is in a job, because another job would move the user twice. Throws a FrozenError before
 * anything is sent while a freeze is in force.
 * @param inBatches the users whom an earlier try has added; only their outcome may still be missing
 * @param acceptedAt when the command was accepted; jobs that had ended by then contain none of its
 * users
 */
export async function addToRunningJob(
  migration: Migration,
  users: readonly RequestedUser[],
  inBatches: ReadonlySet<string>,
  acceptedAt: string,
  services: ActivityServices,
): Promise<void> {
  const { stores } = services;
  const hosted = new Set(inBatches);
  // Read here and not by the caller, because a job may have begun to cut over since.
  for (const batch of await stores.batches.list(migration.id)) {
    const { batchId, jobId, finishedAt } = batch;
    if (jobId === null || (finishedAt !== null && finishedAt < acceptedAt)) continue;
    const members = new Set(
      (await stores.tasks.listBatch(migration.id, batchId)).map(({ taskId }) => taskId),
    );
    const waiting = users.filter(({ targetUserId }) => !hosted.has(targetUserId));
    const capacity = isOpen(migration, batch, services.nowMs())
      ? migration.batchSize - members.size
      : 0;
    // The same command may run twice at the same time. Users that the other run has added are
    // skipped.
    const added = await addUsers(
      migration,
      { ...batch, jobId },
      waiting.filter(({ targetUserId }) => !members.has(targetUserId)),
      { capacity, acceptedMs: Date.parse(acceptedAt) },
      services,
    );
    const inBatch = users
      .map(({ targetUserId }) => targetUserId)
      .filter((taskId) => members.has(taskId) || added.has(taskId));
    for (const taskId of inBatch) hosted.add(taskId);
    const isRecorded = await recordAfterEnd({ ...batch, jobId }, inBatch, services);
    if (added.size > 0 || isRecorded)
      await stores.batches.update(
        migration.id,
        batchId,
        taskTotals(await stores.tasks.listBatch(migration.id, batchId)),
      );
  }
}

/**
 * Adds users to a job up to its capacity, each with their row before the next one, until the job
 * accepts no more. Without capacity, checks the first user all the same: an earlier try may have
 * added the user but not the row.
 */
async function addUsers(
  { validateOnly }: Migration,
  { migrationId, batchId, jobId, finishedAt, run }: Batch & { readonly jobId: string },
  users: readonly RequestedUser[],
  { capacity, acceptedMs }: { readonly capacity: number; readonly acceptedMs: number },
  services: ActivityServices,
): Promise<ReadonlySet<string>> {
  const added = new Set<string>();
  const holder = { migrationId, batchId, run };
  const again = new Set(movedAgain(users));
  const rules = { validateOnly, moveAgain: (taskId: string): boolean => again.has(taskId) };
  let tried = 0;
  for (const user of users) {
    if (tried >= Math.max(capacity, 1)) break;
    const task = newTask(
      { migrationId, batchId, updatedAt: new Date(services.nowMs()).toISOString() },
      user,
    );
    // A try that had no effect has released the user, so a reservation of this batch belongs to a
    // try without a result.
    const before = (await services.stores.users.find([ledgerKey(task)])).get(ledgerKey(task));
    const openSinceMs =
      before?.migrationId === migrationId && before.batchId === batchId
        ? Date.parse(before.at)
        : null;
    // A user of another migration is recorded as invalid in a new batch.
    if ((await reserveUsers(holder, [task], rules, services)).size > 0) continue;
    tried += 1;
    const found = await (
      capacity > 0
        ? addUser(jobId, task, { openSinceMs, acceptedMs }, services)
        : findInJob(jobId, task.taskId, openSinceMs, services)
    ).catch(async (error: unknown) => {
      // No create was sent that may have taken effect, so no later try has to wait for one.
      if (
        openSinceMs === null &&
        (error instanceof FrozenError ||
          (error instanceof MembershipUnknownError && !error.mayBeAdded))
      )
        await release(holder, [task], services);
      throw error;
    });
    if (found === undefined) {
      await release(holder, [task], services);
      break;
    }
    // No orchestration records outcomes for a batch that has ended.
    const reported = found === jobGone ? undefined : found;
    const row = finishedAt === null ? task : recordedTask(task, reported, jobId, 'migrated', null);
    await services.stores.tasks.insertMissing([row]);
    await releaseEnded({ migrationId, batchId }, [row], services);
    added.add(task.taskId);
  }
  return added;
}

/**
 * Records what Graph shows of added users without an outcome whose batch has ended: it may have
 * ended after its row was read and before theirs was written, also in an earlier try. Returns
 * whether a task has changed.
 */
async function recordAfterEnd(
  { migrationId, batchId, jobId }: Batch & { readonly jobId: string },
  taskIds: readonly string[],
  services: ActivityServices,
): Promise<boolean> {
  const { stores } = services;
  if (taskIds.length === 0) return false;
  const { finishedAt } = await storedBatch(stores, migrationId, batchId);
  if (finishedAt === null) return false;
  const open = (await stores.tasks.listBatch(migrationId, batchId)).filter(
    ({ taskId, outcome }) => taskIds.includes(taskId) && outcome === null,
  );
  for (const task of open) {
    const found = await findInJob(jobId, task.taskId, Date.parse(task.updatedAt), services);
    const recorded = {
      ...recordedTask(task, found === jobGone ? undefined : found, jobId, 'migrated', null),
      updatedAt: new Date(services.nowMs()).toISOString(),
    };
    await stores.tasks.save([recorded], [task]);
    await releaseEnded({ migrationId, batchId }, [recorded], services);
  }
  return open.length > 0;
}

/** The job may have moved the user, and Graph does not say it any more: the job is deleted. */
const jobGone = 'gone';

/**
 * Adds a user to a job. Returns undefined if the job does not accept the user.
 * @param openSinceMs when an earlier try began that may have taken effect; null for none
 */
async function addUser(
  jobId: string,
  { taskId, updatedAt }: Task,
  { openSinceMs, acceptedMs }: { readonly openSinceMs: number | null; readonly acceptedMs: number },
  services: ActivityServices,
): Promise<JobTask | typeof jobGone | undefined> {
  if (await isFrozen(services)) throw new FrozenError();
  const created = await services.jobs.createTask(jobId, taskId, {
    taskType: 'users',
    lastUpdatedDateTime: updatedAt,
  });
  if (created.kind === 'done') return { id: taskId, lastUpdatedDateTime: updatedAt, services: [] };
  const hasNoEffect =
    created.kind === 'rejected' || created.kind === 'notFound' || created.kind === 'retryAfter';
  if (hasNoEffect && openSinceMs === null) return undefined;
  // An earlier try may have added the user before this refusal, so the job is read.
  const isUnknown = created.kind === 'unknown';
  const found = await findInJob(
    jobId,
    taskId,
    isUnknown ? (openSinceMs ?? services.nowMs()) : openSinceMs,
    services,
  );
  // Graph may not show an added user at once.
  const isRecent = services.nowMs() - acceptedMs <= commandPolicy.invisibleMs;
  if (found === undefined && isRecent)
    throw new MembershipUnknownError(
      created.problem,
      Math.max('seconds' in created ? created.seconds : 0, jobPolicy.membershipSeconds),
      false,
    );
  return found;
}

async function findInJob(
  jobId: string,
  taskId: string,
  openSinceMs: number | null,
  services: ActivityServices,
): Promise<JobTask | typeof jobGone | undefined> {
  const found = await services.jobs.getTask(jobId, taskId);
  if (found.kind === 'done') return found.value;
  if (found.kind !== 'notFound') throw membershipUnknown(found, openSinceMs, services);
  if (openSinceMs === null) return undefined;
  // After a create that may have taken effect, "not found" is final only after a day, and says
  // nothing of a deleted job.
  if (services.nowMs() - openSinceMs < pollingPolicy.goneAfterMs)
    throw membershipUnknown(found, openSinceMs, services);
  const job = await services.jobs.getJob(jobId);
  if (job.kind === 'notFound') return jobGone;
  if (job.kind !== 'done') throw membershipUnknown(job, openSinceMs, services);
  return job.value.status === 'pendingDelete' || job.value.status === 'deleted'
    ? jobGone
    : undefined;
}

function membershipUnknown(
  found: Exclude<GraphResult<unknown>, { kind: 'done' }>,
  openSinceMs: number | null,
  services: ActivityServices,
): MembershipUnknownError {
  return new MembershipUnknownError(
    found.problem,
    Math.max(
      'seconds' in found
        ? Math.max(found.seconds, jobPolicy.membershipSeconds)
        : found.kind === 'notFound'
          ? jobPolicy.membershipSeconds
          : jobPolicy.refusedMembershipSeconds,
      growingSeconds(openSinceMs, services),
    ),
  );
}

/** Returns a tenth of the time since the open try, at most half an hour. */
function growingSeconds(openSinceMs: number | null, { nowMs }: ActivityServices): number {
  return openSinceMs === null
    ? 0
    : Math.min((nowMs() - openSinceMs) / 10_000, pollingPolicy.longestCheckSeconds);
}

function isOpen(
  { completeAfterDateTime }: Migration,
  { phase, finishedAt }: Batch,
  nowMs: number,
): boolean {
  return (
    finishedAt === null &&
    openPhases.includes(phase) &&
    (completeAfterDateTime === null ||
      Date.parse(completeAfterDateTime) - nowMs > jobPolicy.addingMarginMs)
  );
}
