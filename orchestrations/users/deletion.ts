import type { OrchestrationContext } from 'durable-functions';
import type { CommandVerdict } from '../../shared/contracts/command.ts';
import { doneSchema, type JobRef } from '../../shared/contracts/internal/batch.ts';
import {
  deletionInputSchema,
  nextJobResultSchema,
} from '../../shared/contracts/internal/commands.ts';
import { jobPolicy, orchestrationPolicy } from '../../shared/domain/policies.ts';
import { call, logError, StepFailure, type Steps, wait, warn } from '../durable/steps.ts';
import { activities } from '../names.ts';
import { sendAction } from './operation.ts';

/**
 * Deletes the jobs of a migration that has ended, because a command asks for it. Handles one job
 * per generation and records a result for each. Never throws.
 */
export function* deletion(
  context: OrchestrationContext,
): Steps<{ readonly ok: boolean } | undefined> {
  const input = deletionInputSchema.parse(context.df.getInput());
  const { migrationId, runCommandId: commandId, tries } = input;
  try {
    const next = yield* call(context, activities.nextJob, input, nextJobResultSchema);
    if (next.kind === 'none') return { ok: true };
    const { batchId } = next.job;
    const result = yield* deleteJob(context, next.job, tries >= jobPolicy.maxUnseenDeletions);
    if ('seconds' in result) {
      yield* wait(context, Math.max(jobPolicy.unseenDeletionSeconds, result.seconds));
      context.df.continueAsNew({ ...input, tries: tries + 1 });
      return undefined;
    }
    yield* call(
      context,
      activities.recordCommandResult,
      { migrationId, batchId, commandId, ...result },
      doneSchema,
    );
    context.df.continueAsNew({ ...input, after: batchId, tries: 0 });
    return undefined;
  } catch (error) {
    warn(
      context,
      `the deletion continues in ${String(orchestrationPolicy.errorSeconds)} s after an error: ${logError(context, error)}`,
    );
    yield* wait(context, orchestrationPolicy.errorSeconds);
    context.df.continueAsNew(input);
    return undefined;
  }
}

/**
 * Deletes a job. Returns `seconds`, the wait that Graph asked for, if Graph does not show the job
 * and `isLast` is false.
 */
function* deleteJob(
  context: OrchestrationContext,
  job: JobRef,
  isLast: boolean,
): Steps<
  { readonly verdict: CommandVerdict; readonly detail: string } | { readonly seconds: number }
> {
  try {
    const deleted = yield* sendAction(context, job, 'delete');
    if (deleted.kind === 'refused') {
      if (deleted.status === 'gone')
        return { verdict: 'notFound', detail: `job ${job.jobId} no longer exists` };
      return {
        verdict: 'tooLate',
        detail: `job ${job.jobId} has the status ${deleted.status}, in which Graph does not delete jobs`,
      };
    }
    if (deleted.kind === 'accepted')
      return {
        verdict: 'applied',
        detail: `Graph accepted the deletion of job ${job.jobId}, which takes up to 30 days`,
      };
    return isLast
      ? {
          verdict: 'refused',
          detail: `Graph has not shown job ${job.jobId} for a day, so nothing was sent; check the job in the target tenant`,
        }
      : { seconds: deleted.seconds };
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { verdict: 'refused', detail: error.message };
  }
}
