import type { OrchestrationContext } from 'durable-functions';
import { answeredSchema, type BatchRef, droppedSchema, type JobRef, type TakenCommand, takeCommandsResultSchema } from '../shared/contracts/activities.ts';
import type { CommandVerdict } from '../shared/contracts/command.ts';
import type { ActionMembers, ActionName } from '../shared/contracts/orchestrations.ts';
import { activities } from './names.ts';
import { sendAction } from './sendAction.ts';
import { call, reasonOf, StepFailure, type Steps } from './steps.ts';

interface Answer {
  readonly verdict: CommandVerdict;
  readonly detail: string;
}

/** Where a batch stands when it obeys: `held` with users who failed validation, or anywhere else. */
export type Standing = 'held' | 'under way';

/**
 * Carries out what was asked of a batch, oldest first, and records truthfully what became of each. `job` is null before there
 * is one. Returns what was asked.
 */
export function* obey(context: OrchestrationContext, { migrationId, batchId }: BatchRef, job: JobRef | null, standing: Standing = 'under way'): Steps<readonly TakenCommand[]> {
  const { commands } = yield* call(context, activities.takeCommands, { migrationId, batchId }, takeCommandsResultSchema);
  for (const command of commands) {
    const answer = yield* carryOut(context, { migrationId, batchId }, job, command, standing);
    yield* call(context, activities.answerCommand, { migrationId, batchId, commandId: command.commandId, ...answer }, answeredSchema);
  }
  return commands;
}

function* carryOut(context: OrchestrationContext, batch: BatchRef, job: JobRef | null, command: TakenCommand, standing: Standing): Steps<Answer> {
  try {
    switch (command.kind) {
      case 'cancel':
        if (job === null) return { verdict: 'applied', detail: 'nothing had been submitted' };
        return yield* sent(context, job, 'cancel');
      case 'reschedule':
        if (job === null) return { verdict: 'applied', detail: 'the job will have the new date' };
        return yield* sent(context, job, 'reschedule', { completeAfterDateTime: command.completeAfterDateTime });
      case 'cancelTask':
        return yield* cancelTask(context, batch, job, command.taskId);
      case 'updateTask':
        if (job === null) return { verdict: 'tooLate', detail: 'there is no job yet that holds the user' };
        return yield* sent(context, job, 'updateUser', { taskId: command.taskId, commandId: command.commandId });
      case 'revalidate':
        if (standing !== 'held') return { verdict: 'tooLate', detail: 'the batch does not wait with users who failed validation' };
        return { verdict: 'applied', detail: command.continueWithout === true ? 'the batch goes on without them' : 'they are validated again' };
      default:
        return { verdict: 'applied', detail: 'in force' };
    }
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { verdict: 'refused', detail: reasonOf(error) };
  }
}

function* cancelTask(context: OrchestrationContext, batch: BatchRef, job: JobRef | null, taskId: string | null): Steps<Answer> {
  const answer: Answer = job === null ? { verdict: 'applied', detail: 'nothing had been submitted' } : yield* sent(context, job, 'cancelUser', { taskId });
  if (answer.verdict !== 'applied') return answer;
  // The outcome at once: a fresh job of the batch must not take the user along again.
  const { outcome } = yield* call(context, activities.dropTask, { migrationId: batch.migrationId, batchId: batch.batchId, taskId }, droppedSchema);
  if (outcome === null || outcome === 'cancelled') return answer;
  return { verdict: 'tooLate', detail: `the user has the outcome ${outcome}` };
}

function* sent(context: OrchestrationContext, job: JobRef, action: ActionName, members: ActionMembers = {}): Steps<Answer> {
  const answer = yield* sendAction(context, job, action, members);
  if (answer.kind === 'accepted') return { verdict: 'applied', detail: `job ${job.jobId} has taken it` };
  if (answer.status === 'gone') return { verdict: 'gone', detail: `job ${job.jobId} has nothing of that any more` };
  return { verdict: 'tooLate', detail: `job ${job.jobId} is ${answer.status}: it goes on as it is` };
}
