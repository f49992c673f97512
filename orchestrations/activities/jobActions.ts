import { type ActionResult, cancelTaskInputSchema, jobRefSchema, updateJobInputSchema } from '../../shared/contracts/activities.ts';
import type { GraphResult } from '../../shared/graph/graphResult.ts';
import type { ActivityServices } from './activityServices.ts';
import { reasonOfRefusal } from './refusal.ts';

/** Graph: validate job. */
export async function validateJob(input: unknown, { jobs }: ActivityServices): Promise<ActionResult> {
  return actionResult(await jobs.validateJob(jobRefSchema.parse(input).jobId));
}

/** Graph: migrate job. */
export async function migrateJob(input: unknown, { jobs }: ActivityServices): Promise<ActionResult> {
  return actionResult(await jobs.migrateJob(jobRefSchema.parse(input).jobId));
}

/** Graph: cancel job. */
export async function cancelJob(input: unknown, { jobs }: ActivityServices): Promise<ActionResult> {
  return actionResult(await jobs.cancelJob(jobRefSchema.parse(input).jobId));
}

/** Graph: update job, which moves its earliest cutover. */
export async function updateJob(input: unknown, { jobs }: ActivityServices): Promise<ActionResult> {
  const { jobId, completeAfterDateTime } = updateJobInputSchema.parse(input);
  return actionResult(await jobs.updateJob(jobId, completeAfterDateTime));
}

/** Graph: cancel a user of a job. */
export async function cancelTask(input: unknown, { jobs }: ActivityServices): Promise<ActionResult> {
  const { jobId, taskId } = cancelTaskInputSchema.parse(input);
  return actionResult(await jobs.cancelTask(jobId, taskId));
}

function actionResult(result: GraphResult<unknown>): ActionResult {
  switch (result.kind) {
    case 'done':
      return { kind: 'done' };
    case 'retryAfter':
      return { kind: 'retryAfter', seconds: result.seconds };
    default:
      return { kind: result.kind, reason: reasonOfRefusal(result.problem) };
  }
}
