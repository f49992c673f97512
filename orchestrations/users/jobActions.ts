import type { z } from 'zod';
import type { JobRef } from '../../shared/contracts/internal/batch.ts';
import {
  deletionInputSchema,
  type nextJobResultSchema,
} from '../../shared/contracts/internal/commands.ts';
import {
  actionInputSchema,
  type ActionResult,
  cancelTaskInputSchema,
  updateJobInputSchema,
  updateTaskInputSchema,
} from '../../shared/contracts/internal/users.ts';
import type { JobTask } from '../../shared/graph/jobs.ts';
import { describeProblem } from '../../shared/graph/problems.ts';
import type { GraphResult } from '../../shared/graph/result.ts';
import { type ActivityServices, audited } from '../activityServices.ts';
import { clearanceReset, clearDelay, isFrozen, noteDelay } from '../batchStatus.ts';
import { soonestCutover } from './createJob.ts';

/** Graph: validate job. An approval that the job had before no longer counts. */
export async function validateJob(
  input: unknown,
  services: ActivityServices,
): Promise<ActionResult> {
  const { delayed, ...job } = actionInputSchema.parse(input);
  await services.stores.batches.change(job.migrationId, job.batchId, (batch) =>
    clearanceReset(batch, services),
  );
  return actionResult(
    await services.jobs.validateJob(job.jobId),
    { job, delayed, operation: 'validate job', type: 'job.validate' },
    services,
  );
}

/** Graph: migrate job. Sends nothing while a freeze is in force. */
export async function migrateJob(
  input: unknown,
  services: ActivityServices,
): Promise<ActionResult> {
  const { delayed, ...job } = actionInputSchema.parse(input);
  if (await isFrozen(services)) return { kind: 'frozen' };
  return actionResult(
    await services.jobs.migrateJob(job.jobId),
    { job, delayed, operation: 'migrate job', type: 'job.migrate' },
    services,
  );
}

/** Graph: cancel job. */
export async function cancelJob(input: unknown, services: ActivityServices): Promise<ActionResult> {
  const { delayed, ...job } = actionInputSchema.parse(input);
  return actionResult(
    await services.jobs.cancelJob(job.jobId),
    { job, delayed, operation: 'cancel job', type: 'job.cancel' },
    services,
  );
}

/** Graph: delete job, which cannot be undone. */
export async function deleteJob(input: unknown, services: ActivityServices): Promise<ActionResult> {
  const { delayed, ...job } = actionInputSchema.parse(input);
  const result = await services.jobs.deleteJob(job.jobId);
  // From now on, "not found" means that the job is gone.
  if (result.kind === 'done') {
    const { migrationId, batchId, jobId } = job;
    await services.stores.batches.updateWhen(
      migrationId,
      batchId,
      (batch) => batch.jobId === jobId,
      { jobStatus: 'pendingDelete' },
    );
  }
  return actionResult(
    result,
    { job, delayed, operation: 'delete job', type: 'job.delete' },
    services,
  );
}

/**
 * Graph: update job. Changes the earliest cutover. A date that has passed since the request means
 * now.
 */
export async function updateJob(input: unknown, services: ActivityServices): Promise<ActionResult> {
  const { completeAfterDateTime, delayed, ...job } = updateJobInputSchema.parse(input);
  const cutoverAt = soonestCutover(completeAfterDateTime, services.nowMs());
  return actionResult(
    await services.jobs.updateJob(job.jobId, cutoverAt),
    { job, delayed, operation: 'update job', type: 'job.reschedule', detail: cutoverAt },
    services,
  );
}

/** Graph: update user task, with the members that the command contains. */
export async function updateTask(
  input: unknown,
  services: ActivityServices,
): Promise<ActionResult> {
  const { taskId, commandId, delayed, ...job } = updateTaskInputSchema.parse(input);
  const { commands } = await services.stores.commands.readBatchLog(job.migrationId, job.batchId);
  const update = commands.find((command) => command.commandId === commandId)?.update;
  if (update === undefined || update === null)
    throw new Error(`the command ${commandId} has no member \`update\``);
  const lastUpdatedDateTime =
    update.lastUpdatedDateTime ?? new Date(services.nowMs()).toISOString();
  return actionResult(
    await services.jobs.updateTask(job.jobId, taskId, { ...update, lastUpdatedDateTime }),
    { job, delayed, operation: 'update user task', type: 'user.update', taskId },
    services,
  );
}

/**
 * Graph: cancel user task. A second call, for example after a crash, returns 409 and counts as
 * done.
 */
export async function cancelTask(
  input: unknown,
  services: ActivityServices,
): Promise<ActionResult> {
  const { taskId, delayed, ...job } = cancelTaskInputSchema.parse(input);
  const cancelled = await services.jobs.cancelTask(job.jobId, taskId);
  const cancel = { job, delayed, operation: 'cancel user', type: 'user.cancel', taskId };
  if (cancelled.kind !== 'conflict') return actionResult(cancelled, cancel, services);
  // A conflict may mean that the user's task is cancelled already.
  const task = await services.jobs.getTask(job.jobId, taskId);
  if (task.kind === 'retryAfter') return actionResult(task, cancel, services);
  return task.kind === 'done' && isCancelled(task.value)
    ? { kind: 'done' }
    : actionResult(cancelled, cancel, services);
}

function isCancelled({ services }: JobTask): boolean {
  return (
    services.length > 0 &&
    services.every(({ status }) => status === 'pendingCancel' || status === 'cancelled')
  );
}

interface SentAction {
  readonly job: JobRef;
  /** Whether the batch's row may show that the operation is delayed. */
  readonly delayed: boolean;
  /** The name of the operation in the batch's row and in the log. */
  readonly operation: string;
  readonly type: string;
  readonly taskId?: string | null;
  readonly detail?: string | null;
}

async function actionResult(
  result: GraphResult<unknown>,
  { job, delayed, operation, type, taskId = null, detail = null }: SentAction,
  services: ActivityServices,
): Promise<ActionResult> {
  const { migrationId, batchId, jobId } = job;
  if (result.kind === 'done') {
    const requestId = `request-id ${result.requestId ?? 'none'}`;
    await audited(
      {
        migrationId,
        batchId,
        jobId,
        taskId,
        // Every call that Graph accepted is an event of its own.
        eventId: `${type}/${jobId}/${taskId ?? ''}/${result.requestId ?? String(services.nowMs())}`,
        type,
        detail: detail === null ? requestId : `${detail}, ${requestId}`,
      },
      services,
    );
    if (delayed) await clearDelay(job, [operation], services);
    return { kind: 'done' };
  }
  await noteDelay(job, operation, result.problem, services);
  const reason = describeProblem(result.problem);
  if (result.kind === 'retryAfter') return { kind: 'retryAfter', seconds: result.seconds };
  return result.kind === 'unknown'
    ? { kind: 'unknown', seconds: result.seconds, reason }
    : { kind: result.kind, reason };
}

/** Returns the next job that a command deletes: the one after the job of the batch `after`. */
export async function nextJob(
  input: unknown,
  { stores }: ActivityServices,
): Promise<z.infer<typeof nextJobResultSchema>> {
  const { migrationId, runCommandId, after } = deletionInputSchema.parse(input);
  const targets =
    (await stores.commands.readLog(migrationId)).commands.find(
      ({ commandId }) => commandId === runCommandId,
    )?.targets ?? [];
  const batchId = targets[after === null ? 0 : targets.indexOf(after) + 1];
  if (batchId === undefined) return { kind: 'none' };
  const jobId = (await stores.batches.get(migrationId, batchId))?.jobId ?? null;
  if (jobId === null)
    throw new Error(`batch ${batchId} of migration ${migrationId} has no job to delete`);
  return { kind: 'job', job: { migrationId, batchId, owner: null, jobId } };
}
