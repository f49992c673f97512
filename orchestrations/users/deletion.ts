import type { OrchestrationContext } from 'durable-functions';
import type { CommandVerdict } from '../../shared/contracts/command.ts';
import {
  doneSchema,
  type JobRef,
  nextJobResultSchema,
} from '../../shared/contracts/internal/activities.ts';
import { deletionInputSchema } from '../../shared/contracts/internal/orchestrations.ts';
import { call, logError, StepFailure, type Steps, wait, warn } from '../durable/steps.ts';
import { activities } from '../names.ts';
import { sendAction } from './sendAction.ts';

const troubledSeconds = 300;
const unseenSeconds = 1_800;
// A day.
const maxUnseen = 48;

/** Deletes the jobs of a migration that has ended, on an operator's explicit word: one a generation, each answered. Never throws. */
export function* deletion(
  context: OrchestrationContext,
): Steps<{ readonly ok: boolean } | undefined> {
  const input = deletionInputSchema.parse(context.df.getInput());
  const { migrationId, runCommandId: commandId, tries } = input;
  try {
    const next = yield* call(context, activities.nextJob, input, nextJobResultSchema);
    if (next.kind === 'none') return { ok: true };
    const { batchId } = next.job;
    const result = yield* deleteJob(context, next.job, tries >= maxUnseen);
    if ('seconds' in result) {
      yield* wait(context, Math.max(unseenSeconds, result.seconds));
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
      `goes on in ${String(troubledSeconds)} s after an error: ${logError(context, error)}`,
    );
    yield* wait(context, troubledSeconds);
    context.df.continueAsNew(input);
    return undefined;
  }
}

/** `seconds`: Graph does not show the job and `givesUp` is false; it is tried again, not before Graph's wait is over. */
function* deleteJob(
  context: OrchestrationContext,
  job: JobRef,
  givesUp: boolean,
): Steps<
  { readonly verdict: CommandVerdict; readonly detail: string } | { readonly seconds: number }
> {
  try {
    const deleted = yield* sendAction(context, job, 'delete');
    if (deleted.kind === 'refused') {
      if (deleted.status === 'gone')
        return { verdict: 'gone', detail: `job ${job.jobId} is gone already` };
      return {
        verdict: 'tooLate',
        detail: `job ${job.jobId} is ${deleted.status}, in which Graph deletes nothing`,
      };
    }
    if (deleted.kind === 'accepted')
      return {
        verdict: 'applied',
        detail: `job ${job.jobId} is being deleted, which takes up to 30 days`,
      };
    return givesUp
      ? {
          verdict: 'refused',
          detail: `Graph has not shown job ${job.jobId} for a day: nothing was sent`,
        }
      : { seconds: deleted.seconds };
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { verdict: 'refused', detail: error.message };
  }
}
