import type { z } from 'zod';
import {
  actionInputSchema,
  type ActionResult,
  cancelTaskInputSchema,
  type JobRef,
  type nextJobResultSchema,
  updateJobInputSchema,
  updateTaskInputSchema,
} from '../../shared/contracts/internal/activities.ts';
import { deletionInputSchema } from '../../shared/contracts/internal/orchestrations.ts';
import type { GraphResult } from '../../shared/graph/result.ts';
import { type ActivityServices, audited } from '../activityServices.ts';
import { clearDelay, noteDelay } from '../batchStatus.ts';
import { clearanceReset, isFrozen } from '../commands/freeze.ts';
import { describeProblem } from '../refusals.ts';
import { soonestCutover } from './createJob.ts';

/** Graph: validate job. One that was let through to its cutover before needs another approval after this. */
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
  // From here on the job is known to be gone when Graph does not show it.
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

/** Graph: update job, which moves its earliest cutover. A date that has passed while the command waited means now. */
export async function updateJob(input: unknown, services: ActivityServices): Promise<ActionResult> {
  const { completeAfterDateTime, delayed, ...job } = updateJobInputSchema.parse(input);
  const ahead = soonestCutover(completeAfterDateTime, services.nowMs());
  return actionResult(
    await services.jobs.updateJob(job.jobId, ahead),
    { job, delayed, operation: 'update job', type: 'job.reschedule', detail: ahead },
    services,
  );
}

/** Graph: update a user's task, with what the command says. */
export async function updateTask(
  input: unknown,
  services: ActivityServices,
): Promise<ActionResult> {
  const { taskId, commandId, delayed, ...job } = updateTaskInputSchema.parse(input);
  const { commands } = await services.stores.commands.readBatchLog(job.migrationId, job.batchId);
  const update = commands.find((command) => command.commandId === commandId)?.update;
  if (update === undefined || update === null)
    throw new Error(`the command ${commandId} has nothing to write`);
  const lastUpdatedDateTime =
    update.lastUpdatedDateTime ?? new Date(services.nowMs()).toISOString();
  return actionResult(
    await services.jobs.updateTask(job.jobId, taskId, { ...update, lastUpdatedDateTime }),
    { job, delayed, operation: 'update user task', type: 'user.update', taskId },
    services,
  );
}

/** Graph: cancel a user of a job. Graph says 409 to a second time, which is what a crash between the two leads to. */
export async function cancelTask(
  input: unknown,
  services: ActivityServices,
): Promise<ActionResult> {
  const { taskId, delayed, ...job } = cancelTaskInputSchema.parse(input);
  const cancelled = await services.jobs.cancelTask(job.jobId, taskId);
  if (cancelled.kind === 'conflict' && (await isCancelled(job.jobId, taskId, services)))
    return { kind: 'done' };
  return actionResult(
    cancelled,
    { job, delayed, operation: 'cancel user', type: 'user.cancel', taskId },
    services,
  );
}

async function isCancelled(
  jobId: string,
  taskId: string,
  { jobs }: ActivityServices,
): Promise<boolean> {
  const task = await jobs.getTask(jobId, taskId);
  return (
    task.kind === 'done' &&
    task.value.services.length > 0 &&
    task.value.services.every(({ status }) => status === 'pendingCancel' || status === 'cancelled')
  );
}

interface Sent {
  readonly job: JobRef;
  /** Whether the batch's row says that the operation is delayed. */
  readonly delayed: boolean;
  /** What it is called where it is tried again. */
  readonly operation: string;
  readonly type: string;
  readonly taskId?: string | null;
  readonly detail?: string | null;
}

async function actionResult(
  result: GraphResult<unknown>,
  { job, delayed, operation, type, taskId = null, detail = null }: Sent,
  services: ActivityServices,
): Promise<ActionResult> {
  const { migrationId, batchId, jobId } = job;
  if (result.kind === 'done') {
    // Every call that Graph took is a happening of its own: its request-id tells them apart.
    const said = [detail, `request-id ${result.requestId ?? 'none'}`]
      .filter((part) => part !== null)
      .join(', ');
    await audited(
      {
        migrationId,
        batchId,
        jobId,
        taskId,
        eventId: `${type}/${jobId}/${taskId ?? ''}/${result.requestId ?? String(services.nowMs())}`,
        type,
        detail: said,
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

/** The next job that a command names, after the one of the batch `after`. */
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
    throw new Error(`the batch ${batchId} of ${migrationId} has no job to delete`);
  return { kind: 'job', job: { migrationId, batchId, owner: null, jobId } };
}
