import type { OrchestrationContext } from 'durable-functions';
import { type BatchRun, batchRunSchema } from '../../shared/contracts/internal/batch.ts';
import {
  type LaneInput,
  laneInputSchema,
  nextBatchResultSchema,
} from '../../shared/contracts/internal/migration.ts';
import { batchIdAt } from '../../shared/domain/batches.ts';
import { batchInstanceId } from '../../shared/domain/ids.ts';
import { call, logError, backoffSeconds, type Steps, wait, warn } from '../durable/steps.ts';
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
