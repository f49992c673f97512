import type { OrchestrationContext } from 'durable-functions';
import {
  type BatchRun,
  batchRunSchema,
  finishBatchResultSchema,
  type OwnedBatch,
} from '../../shared/contracts/internal/batch.ts';
import {
  call,
  StepFailure,
  type Steps,
  Superseded,
  noteUnexpectedError,
} from '../durable/steps.ts';
import { activities } from '../names.ts';

/**
 * Runs the chain of a batch and records its outcome. The chain returns null if the batch came to
 * its end, or the reason if it was stopped. It throws a StepFailure for a verdict. Any other error
 * is noted, and the batch continues as new from the state in its row.
 */
export function* runBatchChain(
  context: OrchestrationContext,
  chain: (context: OrchestrationContext, input: BatchRun) => Steps<string | null>,
): Steps<{ readonly ok: boolean } | undefined> {
  const input = batchRunSchema.parse(context.df.getInput());
  try {
    let failure: string | null = null;
    let stopped: string | null = null;
    try {
      stopped = yield* chain(context, input);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      failure = error.message;
    }
    yield* call(
      context,
      activities.finishBatch,
      { ...ownedBatch(input), failure, stopped },
      finishBatchResultSchema,
    );
    return { ok: failure === null };
  } catch (error) {
    if (error instanceof Superseded) return { ok: false };
    yield* noteUnexpectedError(context, input, error);
    context.df.continueAsNew({ ...input, resumes: true, generation: input.generation + 1 });
    return undefined;
  }
}

/** Returns the reference to a batch with the orchestration that runs it as its owner. */
export function ownedBatch({ migrationId, batchId, run, restarts }: BatchRun): OwnedBatch {
  return { migrationId, batchId, owner: { run, restarts } };
}
