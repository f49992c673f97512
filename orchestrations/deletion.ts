import type { OrchestrationContext } from 'durable-functions';
import { answeredSchema, type JobRef, nextJobResultSchema } from '../shared/contracts/activities.ts';
import type { CommandVerdict } from '../shared/contracts/command.ts';
import { deletionInputSchema } from '../shared/contracts/orchestrations.ts';
import { activities } from './names.ts';
import { sendAction } from './sendAction.ts';
import { call, reasonOf, StepFailure, type Steps } from './steps.ts';

/** Deletes the jobs of a migration that has ended, on an operator's explicit word: one a generation, each answered. Never throws. */
export function* deletion(context: OrchestrationContext): Steps<{ readonly ok: boolean } | undefined> {
  const input = deletionInputSchema.parse(context.df.getInput());
  const { migrationId, round: commandId } = input;
  try {
    const next = yield* call(context, activities.nextJob, input, nextJobResultSchema);
    if (next.kind === 'none') return { ok: true };
    const { batchId } = next.job;
    const answer = yield* deleteJob(context, next.job);
    yield* call(context, activities.answerCommand, { migrationId, batchId, commandId, ...answer }, answeredSchema);
    context.df.continueAsNew({ ...input, after: batchId });
    return undefined;
  } catch {
    // Storage was out of reach for an hour: the sweep starts it again as long as an answer is missing.
    return { ok: false };
  }
}

function* deleteJob(context: OrchestrationContext, job: JobRef): Steps<{ readonly verdict: CommandVerdict; readonly detail: string }> {
  try {
    const deleted = yield* sendAction(context, job, 'delete');
    if (deleted.kind === 'accepted') return { verdict: 'applied', detail: `job ${job.jobId} is being deleted, which takes up to 30 days` };
    if (deleted.status === 'gone') return { verdict: 'gone', detail: `job ${job.jobId} is gone already` };
    return { verdict: 'tooLate', detail: `job ${job.jobId} is ${deleted.status}, in which Graph deletes nothing` };
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { verdict: 'refused', detail: reasonOf(error) };
  }
}
