import { type ActionResult, cancelTaskInputSchema, type JobRef, jobRefSchema, updateJobInputSchema, updateTaskInputSchema } from '../../shared/contracts/activities.ts';
import { soonestCutover } from '../../shared/domain/soonestCutover.ts';
import type { GraphResult } from '../../shared/graph/graphResult.ts';
import type { ActivityServices } from './activityServices.ts';
import { audited } from './audited.ts';
import { reasonOfRefusal } from './refusal.ts';

/** Graph: validate job. */
export async function validateJob(input: unknown, services: ActivityServices): Promise<ActionResult> {
  const job = jobRefSchema.parse(input);
  return actionResult(await services.jobs.validateJob(job.jobId), { job, type: 'job.validate' }, services);
}

/** Graph: migrate job. */
export async function migrateJob(input: unknown, services: ActivityServices): Promise<ActionResult> {
  const job = jobRefSchema.parse(input);
  return actionResult(await services.jobs.migrateJob(job.jobId), { job, type: 'job.migrate' }, services);
}

/** Graph: cancel job. */
export async function cancelJob(input: unknown, services: ActivityServices): Promise<ActionResult> {
  const job = jobRefSchema.parse(input);
  return actionResult(await services.jobs.cancelJob(job.jobId), { job, type: 'job.cancel' }, services);
}

/** Graph: delete job, which cannot be undone. */
export async function deleteJob(input: unknown, services: ActivityServices): Promise<ActionResult> {
  const job = jobRefSchema.parse(input);
  return actionResult(await services.jobs.deleteJob(job.jobId), { job, type: 'job.delete' }, services);
}

/** Graph: update job, which moves its earliest cutover. A date that has passed while the command waited means now. */
export async function updateJob(input: unknown, services: ActivityServices): Promise<ActionResult> {
  const { completeAfterDateTime, ...job } = updateJobInputSchema.parse(input);
  const ahead = soonestCutover(completeAfterDateTime, services.nowMs());
  return actionResult(await services.jobs.updateJob(job.jobId, ahead), { job, type: 'job.reschedule', detail: ahead }, services);
}

/** Graph: update a user's task, with what the command says. */
export async function updateTask(input: unknown, services: ActivityServices): Promise<ActionResult> {
  const { taskId, commandId, ...job } = updateTaskInputSchema.parse(input);
  const { commands } = await services.stores.commands.book(job.migrationId);
  const update = commands.find((command) => command.commandId === commandId)?.update;
  if (update === undefined || update === null) throw new Error(`the command ${commandId} has nothing to write`);
  const lastUpdatedDateTime = update.lastUpdatedDateTime ?? new Date(services.nowMs()).toISOString();
  return actionResult(await services.jobs.updateTask(job.jobId, taskId, { ...update, lastUpdatedDateTime }), { job, type: 'user.update', taskId }, services);
}

/** Graph: cancel a user of a job. Graph says 409 to a second time, which is what a crash between the two leads to. */
export async function cancelTask(input: unknown, services: ActivityServices): Promise<ActionResult> {
  const { taskId, ...job } = cancelTaskInputSchema.parse(input);
  const cancelled = await services.jobs.cancelTask(job.jobId, taskId);
  if (cancelled.kind === 'conflict' && (await isCancelled(job.jobId, taskId, services))) return { kind: 'done' };
  return actionResult(cancelled, { job, type: 'user.cancel', taskId }, services);
}

async function isCancelled(jobId: string, taskId: string, { jobs }: ActivityServices): Promise<boolean> {
  const task = await jobs.getTask(jobId, taskId);
  return task.kind === 'done' && task.value.services.length > 0 && task.value.services.every(({ status }) => status === 'pendingCancel' || status === 'cancelled');
}

async function actionResult(
  result: GraphResult<unknown>,
  { job: { migrationId, batchId, jobId }, type, taskId = null, detail = null }: { readonly job: JobRef; readonly type: string; readonly taskId?: string | null; readonly detail?: string | null },
  services: ActivityServices,
): Promise<ActionResult> {
  switch (result.kind) {
    case 'done': {
      // Every call that Graph took is a happening of its own: its request-id tells them apart.
      const said = [detail, `request-id ${result.requestId ?? 'none'}`].filter((part) => part !== null).join(', ');
      await audited({ migrationId, batchId, jobId, taskId, eventId: `${type}/${jobId}/${taskId ?? ''}/${result.requestId ?? String(services.nowMs())}`, type, detail: said }, services);
      return { kind: 'done' };
    }
    case 'retryAfter':
      return { kind: 'retryAfter', seconds: result.seconds };
    case 'doubtful':
      return { kind: 'doubtful', seconds: result.seconds, reason: reasonOfRefusal(result.problem) };
    default:
      return { kind: result.kind, reason: reasonOfRefusal(result.problem) };
  }
}
