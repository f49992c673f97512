import type { OrchestrationContext } from 'durable-functions';
import {
  type BatchRun,
  batchRunSchema,
  finishBatchResultSchema,
  type LaneInput,
  laneInputSchema,
  nextBatchResultSchema,
  type OwnedBatch,
} from '../../shared/contracts/internal/batch.ts';
import { batchIdAt } from '../../shared/domain/batches.ts';
import { batchInstanceId } from '../../shared/domain/ids.ts';
import {
  backoffSeconds,
  call,
  logError,
  noteUnexpectedError,
  StepFailure,
  type Steps,
  Superseded,
  wait,
  warn,
} from '../durable/steps.ts';
import { activities, orchestrators } from '../names.ts';

const errorWaitSeconds = 300;
const shortestRestartSeconds = 60;

/**
 * Runs its share of a migration's batches one after the other, one per generation. If the
 * orchestration of a batch fails or is terminated from outside, it is started again and resumes
 * from the state in its row. Never throws.
 */
export function* lane(context: OrchestrationContext): Steps<{ readonly ok: boolean } | undefined> {
  const input = laneInputSchema.parse(context.df.getInput());
  let batch: BatchRun | undefined;
  try {
    batch =
      input.runCommandId === null && !input.resumes
        ? plannedBatch(input)
        : yield* lookedUpBatch(context, input);
  } catch (error) {
    return yield* continueLater(context, input, logError(context, error), errorWaitSeconds);
  }
  if (batch === undefined) return { ok: true };
  const { migrationId, batchId, run, restarts } = batch;
  try {
    yield context.df.callSubOrchestrator(
      input.kind === 'sharePoint' ? orchestrators.sharePointBatch : orchestrators.batch,
      batch,
      batchInstanceId(migrationId, batchId, run, restarts),
    );
  } catch (error) {
    const failed = input.restarts + 1;
    return yield* continueLater(
      context,
      { ...input, resumes: true, restarts: failed },
      `${batchId}: ${logError(context, error)}`,
      backoffSeconds(failed, shortestRestartSeconds),
    );
  }
  context.df.continueAsNew({
    ...input,
    index: input.index + input.laneCount,
    after: batchId,
    restarts: 0,
  });
  return undefined;
}

/**
 * Returns the next batch of a request by its number. No look-up is needed as long as no batch was
 * begun before.
 */
function plannedBatch({
  migrationId,
  validateOnly,
  hold,
  index,
  batchCount,
}: LaneInput): BatchRun | undefined {
  if (index >= batchCount) return undefined;
  return batchRunSchema.parse({
    migrationId,
    batchId: batchIdAt(index),
    validateOnly,
    hold,
    run: 1,
    firstAttempt: 1,
    jobId: null,
    sameJob: false,
  });
}

function* lookedUpBatch(
  context: OrchestrationContext,
  { migrationId, runCommandId, index, laneCount, after, resumes }: LaneInput,
): Steps<BatchRun | undefined> {
  // Batch `b001` has index 0. This gives a lane of a request the same batches with and without a
  // look-up.
  const share = runCommandId === null ? index + 1 : index;
  const next = yield* call(
    context,
    activities.nextBatch,
    { migrationId, runCommandId, lane: share % laneCount, laneCount, after, resumes },
    nextBatchResultSchema,
  );
  return next.kind === 'none' ? undefined : next.batch;
}

/** Waits and continues as new. */
function* continueLater(
  context: OrchestrationContext,
  input: LaneInput,
  trouble: string,
  seconds: number,
): Steps<undefined> {
  warn(context, `continues in ${String(seconds)} s after an error: ${trouble}`);
  yield* wait(context, seconds);
  context.df.continueAsNew(input);
  return undefined;
}

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
