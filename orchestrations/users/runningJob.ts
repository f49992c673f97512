import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { RequestedUser } from '../../shared/contracts/request.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { ledgerKey } from '../../shared/domain/ids.ts';
import { goneAfterMs, longestCheckSeconds } from '../../shared/domain/sight.ts';
import type { JobTask } from '../../shared/graph/jobs.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import type { ActivityServices } from '../activityServices.ts';
import { taskTotals } from '../batchStatus.ts';
import { isFrozen } from '../commands/freeze.ts';
import { movedAgain, newTask } from '../migration/plan.ts';
import { describeProblem } from '../refusals.ts';
import { release, reserveUsers } from '../reservations.ts';
import { recorded } from './saveOutcomes.ts';

// A job that is about to cut over may be gone before the user is in it.
const marginMs = 3_600_000;
const openPhases: readonly string[] = ['creating', 'validating', 'syncing'];
// A refusal, for want of a permission, say: until a person has mended it.
const refusedSeconds = 900;
const shortestSeconds = 15;
const frozenSeconds = 300;
// A user who was put into a job a moment ago may not be visible everywhere.
const invisibleMs = 300_000;

/** Graph does not tell whether a user is in a job; ask again after so many seconds. */
export class MembershipUnknownError extends Error {
  override readonly name = 'NotToldError';
  readonly seconds: number;
  /** Whether something was sent that may have got through. */
  readonly isOpen: boolean;

  constructor(problem: GraphProblem, seconds: number, isOpen = true) {
    super(`Graph does not tell whether a user is in a job: ${describeProblem(problem)}`);
    this.seconds = seconds;
    this.isOpen = isOpen;
  }
}

/** A freeze is in force: nothing was sent for a user who was to be put into a running job. */
export class FrozenError extends Error {
  override readonly name = 'FrozenError';
  readonly seconds = frozenSeconds;

  constructor() {
    super('nobody is put into a running job during a freeze');
  }
}

/**
 * Graph: create user task. Puts the users of a command into jobs of this migration that have not cut over and have room, as long as
 * the tenant's API takes them; the rows of the batches say who is in one. A user who was put there by an earlier try is there. Throws a
 * NotToldError where Graph does not tell whether somebody is in a job: in a further batch as well he would be moved twice. Throws a FrozenError before
 * anything is sent while a freeze is in force.
 * @param acceptedAt when the command was accepted: what had ended by then holds none of its users
 */
export async function putIntoRunningJob(
  migration: Migration,
  users: readonly RequestedUser[],
  acceptedAt: string,
  services: ActivityServices,
): Promise<void> {
  const { stores } = services;
  const hosted = new Set<string>();
  // Read only now: a job may have begun to cut over while it was looked who has a task already.
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
    // The same command may be carried out twice at the same time: whom the other run has put here is not put here again.
    const added = await putInto(
      migration,
      { ...batch, jobId },
      waiting.filter(({ targetUserId }) => !members.has(targetUserId)),
      { capacity, acceptedMs: Date.parse(acceptedAt) },
      services,
    );
    for (const { targetUserId } of waiting)
      if (members.has(targetUserId) || added.has(targetUserId)) hosted.add(targetUserId);
    if (added.size > 0)
      await stores.batches.update(
        migration.id,
        batchId,
        taskTotals(await stores.tasks.listBatch(migration.id, batchId)),
      );
  }
}

/**
 * As many of the users as there is room for, each with his row before the next one, until the job takes no more. Without room
 * the first one may be there all the same: an earlier try may have ended before it wrote his row.
 */
async function putInto(
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
    // Where nothing came of an earlier try the user is free again: a reservation of this batch says that one is open.
    const before = (await services.stores.users.find([ledgerKey(task)])).get(ledgerKey(task));
    const openSinceMs =
      before?.migrationId === migrationId && before.batchId === batchId
        ? Date.parse(before.at)
        : null;
    // Whom another migration has is recorded in a further batch.
    if ((await reserveUsers(holder, [task], rules, services)).size > 0) continue;
    tried += 1;
    const found = await (
      capacity > 0
        ? create(jobId, task, { openSinceMs, acceptedMs }, services)
        : findInJob(jobId, task.taskId, openSinceMs, services)
    ).catch(async (error: unknown) => {
      // Nothing was sent that may have got through: no later try has to wait for that.
      if (
        openSinceMs === null &&
        (error instanceof FrozenError || (error instanceof MembershipUnknownError && !error.isOpen))
      )
        await release(holder, [task], services);
      throw error;
    });
    if (found === undefined) {
      await release(holder, [task], services);
      break;
    }
    // Nobody looks at an ended batch any more.
    await services.stores.tasks.insertMissing([
      finishedAt === null ? task : recorded(task, found, jobId, 'migrated', null),
    ]);
    added.add(task.taskId);
  }
  return added;
}

/** `openSinceMs`: when an earlier try began that may have got through; null for none. */
async function create(
  jobId: string,
  { taskId, updatedAt }: Task,
  { openSinceMs, acceptedMs }: { readonly openSinceMs: number | null; readonly acceptedMs: number },
  services: ActivityServices,
): Promise<JobTask | undefined> {
  if (await isFrozen(services)) throw new FrozenError();
  const created = await services.jobs.createTask(jobId, taskId, {
    taskType: 'users',
    lastUpdatedDateTime: updatedAt,
  });
  if (created.kind === 'done') return { id: taskId, lastUpdatedDateTime: updatedAt, services: [] };
  const hasNoEffect =
    created.kind === 'rejected' || created.kind === 'notFound' || created.kind === 'retryAfter';
  if (hasNoEffect && openSinceMs === null) return undefined;
  // A refusal may come after an earlier try that got through: the job itself says who is in it.
  const isUnknown = created.kind === 'unknown';
  const found = await findInJob(
    jobId,
    taskId,
    isUnknown ? (openSinceMs ?? services.nowMs()) : openSinceMs,
    services,
  );
  // Graph says that there is something, and does not show it.
  const isYoung = services.nowMs() - acceptedMs <= invisibleMs;
  if (found === undefined && isYoung)
    throw new MembershipUnknownError(
      created.problem,
      Math.max('seconds' in created ? created.seconds : 0, shortestSeconds),
      false,
    );
  return found;
}

async function findInJob(
  jobId: string,
  taskId: string,
  openSinceMs: number | null,
  services: ActivityServices,
): Promise<JobTask | undefined> {
  const found = await services.jobs.getTask(jobId, taskId);
  if (found.kind === 'done') return found.value;
  // After a create that may have got through, a user is in no job only when Graph has said so for as long as a job is looked for.
  const isBelieved = openSinceMs === null || services.nowMs() - openSinceMs >= goneAfterMs;
  if (found.kind === 'notFound' && isBelieved) return undefined;
  throw new MembershipUnknownError(
    found.problem,
    Math.max(
      'seconds' in found
        ? Math.max(found.seconds, shortestSeconds)
        : found.kind === 'notFound'
          ? shortestSeconds
          : refusedSeconds,
      growing(openSinceMs, services),
    ),
  );
}

/** A tenth of the time that nobody has told for, half an hour at most. */
function growing(openSinceMs: number | null, { nowMs }: ActivityServices): number {
  return openSinceMs === null ? 0 : Math.min((nowMs() - openSinceMs) / 10_000, longestCheckSeconds);
}

function isOpen(
  { completeAfterDateTime }: Migration,
  { phase, finishedAt }: Batch,
  nowMs: number,
): boolean {
  return (
    finishedAt === null &&
    openPhases.includes(phase) &&
    (completeAfterDateTime === null || Date.parse(completeAfterDateTime) - nowMs > marginMs)
  );
}
