import type { OrchestrationContext } from 'durable-functions';
import { answeredSchema, type BatchRef, type JobRef, type TakenCommand, takeCommandsResultSchema } from '../shared/contracts/activities.ts';
import type { CommandVerdict } from '../shared/contracts/command.ts';
import { cancelUser, jobActions, reschedule } from './jobActions.ts';
import { activities } from './names.ts';
import { type Action, sendAction } from './sendAction.ts';
import { call, reasonOf, StepFailure, type Steps } from './steps.ts';

interface Answer {
  readonly verdict: CommandVerdict;
  readonly detail: string;
}

/** Carries out what was asked of a batch, oldest first, and records truthfully what became of each. `job` is null before there is one. */
export function* obey(context: OrchestrationContext, { migrationId, batchId }: BatchRef, job: JobRef | null): Steps<void> {
  const { commands } = yield* call(context, activities.takeCommands, { migrationId, batchId }, takeCommandsResultSchema);
  for (const command of commands) {
    const answer = yield* carryOut(context, { migrationId, batchId }, job, command);
    yield* call(context, activities.answerCommand, { migrationId, batchId, commandId: command.commandId, ...answer }, answeredSchema);
  }
}

function* carryOut(context: OrchestrationContext, batch: BatchRef, job: JobRef | null, command: TakenCommand): Steps<Answer> {
  try {
    switch (command.kind) {
      case 'cancel':
        if (job === null) return { verdict: 'applied', detail: 'nothing had been submitted' };
        return yield* sent(context, job, jobActions.cancel);
      case 'reschedule':
        if (job === null) return { verdict: 'applied', detail: 'the job will have the new date' };
        return yield* sent(context, job, reschedule(command.completeAfterDateTime));
      case 'cancelTask':
        if (job !== null) return yield* sent(context, job, cancelUser(command.taskId));
        yield* call(context, activities.dropTask, { ...batch, taskId: command.taskId }, answeredSchema);
        return { verdict: 'applied', detail: 'nothing had been submitted' };
      default:
        return { verdict: 'applied', detail: 'in force' };
    }
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { verdict: 'refused', detail: reasonOf(error) };
  }
}

function* sent(context: OrchestrationContext, job: JobRef, action: Action): Steps<Answer> {
  const answer = yield* sendAction(context, job, action);
  if (answer.kind === 'accepted') return { verdict: 'applied', detail: `job ${job.jobId} has taken it` };
  if (answer.status === 'gone') return { verdict: 'gone', detail: `job ${job.jobId} has nothing of that any more` };
  return { verdict: 'tooLate', detail: `job ${job.jobId} is ${answer.status}: it goes on as it is` };
}
