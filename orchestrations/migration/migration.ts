import type { OrchestrationContext } from 'durable-functions';
import type { z } from 'zod';
import {
  batchIdAt,
  batchInstanceId,
  deletionInstanceId,
  laneInstanceId,
} from '../../shared/contracts/ids.ts';
import {
  type BatchRun,
  batchRunSchema,
  finishMigrationResultSchema,
  type LaneInput,
  laneInputSchema,
  type MigrationInput,
  migrationInputSchema,
  nextBatchResultSchema,
  planResultSchema,
  planRunResultSchema,
} from '../../shared/contracts/internal/batch.ts';
import type { DeletionInput } from '../../shared/contracts/internal/commands.ts';
import { orchestrationPolicy } from '../../shared/domain/policies.ts';
import {
  backoffSeconds,
  call,
  logError,
  StepFailure,
  type Steps,
  wait,
  warn,
} from '../durable/steps.ts';
import { activities, orchestrators } from '../names.ts';
import { writeIdentityMappings } from '../sharePoint/identityMappings.ts';

type Input = z.infer<typeof migrationInputSchema>;
type Plan = z.infer<typeof planResultSchema>;

/**
 * Runs an accepted request, or the batches that a command added to it: plan → lanes of batches →
 * summary. Only a verdict ends it. After any other error it waits and continues as new, and then
 * looks up each batch before starting it.
 */
export function* migration(
  context: OrchestrationContext,
): Steps<{ readonly phase: string } | undefined> {
  const input = migrationInputSchema.parse(context.df.getInput());
  const { migrationId, runCommandId } = input;
  if (input.isEnding) return yield* summary(context, input, input.failure);
  try {
    const planned = yield* plan(context, input);
    if (planned.kind === 'retryAfter') {
      yield* wait(context, planned.seconds);
      context.df.continueAsNew(input);
      return undefined;
    }
    if (planned.deletion && runCommandId !== null) {
      const deletion: DeletionInput = { migrationId, runCommandId, after: null, tries: 0 };
      yield context.df.callSubOrchestrator(
        orchestrators.deletion,
        deletion,
        deletionInstanceId(context.df.instanceId),
      );
      return { phase: 'ended' };
    }
    // The mappings are written before the first batch begins.
    if (planned.kind === 'sharePoint' && runCommandId === null && !planned.begun)
      yield* writeIdentityMappings(context, migrationId);
    const trouble = yield* runLanes(context, input, planned);
    if (trouble !== null)
      return yield* continueLater(context, { ...input, resumes: true, trouble }, trouble);
  } catch (error) {
    if (!(error instanceof StepFailure)) {
      const trouble = logError(context, error);
      return yield* continueLater(context, { ...input, trouble }, trouble);
    }
    return yield* summary(context, input, error.message);
  }
  return yield* summary(context, input, null);
}

function plan(
  context: OrchestrationContext,
  { migrationId, runCommandId, trouble }: Input,
): Steps<z.infer<typeof planRunResultSchema>> {
  if (runCommandId === null)
    return call(context, activities.planMigration, { migrationId, trouble }, planResultSchema);
  return call(
    context,
    activities.planRun,
    { migrationId, runCommandId, trouble },
    planRunResultSchema,
  );
}

/**
 * Starts all lanes and waits for each of them. Returns null if all lanes finished their batches, or
 * the error of the last lane that failed.
 */
function* runLanes(
  context: OrchestrationContext,
  { migrationId, runCommandId, resumes }: Input,
  { kind, laneCount, batchCount, validateOnly, hold, begun }: Plan,
): Steps<string | null> {
  const isResumed = resumes || begun;
  const sinceMs = isResumed ? context.df.currentUtcDateTime.getTime() : null;
  const lanes = Array.from({ length: laneCount }, (_, index) => {
    const input: LaneInput = {
      migrationId,
      runCommandId,
      after: null,
      index,
      kind,
      laneCount,
      batchCount,
      validateOnly,
      hold,
      resumes: isResumed,
      restarts: 0,
    };
    return context.df.callSubOrchestrator(
      orchestrators.lane,
      input,
      laneInstanceId(context.df.instanceId, index + 1, sinceMs),
    );
  });
  if (lanes.length === 0) return null;
  try {
    // A task starts when it is yielded; Task.all starts all of them together.
    yield context.df.Task.all(lanes);
    return null;
  } catch {
    // Task.all reports only the first failure; the loop below awaits each lane.
  }
  let trouble: string | null = null;
  for (const lane of lanes) {
    try {
      yield lane;
    } catch (error) {
      trouble = logError(context, error);
    }
  }
  return trouble;
}

/** Writes the summary, however long that takes. Continues with batches that have not ended. */
function* summary(
  context: OrchestrationContext,
  input: Input,
  failure: string | null,
): Steps<{ readonly phase: string } | undefined> {
  const { migrationId, runCommandId } = input;
  try {
    const finished = yield* call(
      context,
      activities.finishMigration,
      { migrationId, runCommandId, failure },
      finishMigrationResultSchema,
    );
    if (!finished.unfinished) return { phase: finished.phase };
  } catch (error) {
    const trouble = logError(context, error);
    return yield* continueLater(context, { ...input, isEnding: true, failure, trouble }, trouble);
  }
  const trouble = 'not all batches have ended';
  return yield* continueLater(
    context,
    { ...input, resumes: true, isEnding: false, failure: null, trouble },
    trouble,
  );
}

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
    return yield* continueLater(context, input, logError(context, error));
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
      backoffSeconds(failed, orchestrationPolicy.restartSeconds),
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
  input: MigrationInput | LaneInput,
  trouble: string,
  seconds: number = orchestrationPolicy.errorSeconds,
): Steps<undefined> {
  warn(context, `continues in ${String(seconds)} s after an error: ${trouble}`);
  yield* wait(context, seconds);
  context.df.continueAsNew(input);
  return undefined;
}
