import type { OrchestrationContext } from 'durable-functions';
import type { z } from 'zod';
import type { DeletionInput } from '../../shared/contracts/internal/commands.ts';
import {
  finishMigrationResultSchema,
  type LaneInput,
  type MigrationInput,
  migrationInputSchema,
  planResultSchema,
  planRunResultSchema,
} from '../../shared/contracts/internal/batch.ts';
import { deletionInstanceId, laneInstanceId } from '../../shared/domain/ids.ts';
import { call, logError, StepFailure, type Steps, wait, warn } from '../durable/steps.ts';
import { activities, orchestrators } from '../names.ts';
import { writeIdentityMappings } from '../sharePoint/identityMappings.ts';

const errorWaitSeconds = 300;

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
      return yield* continueLater(context, { ...input, resumes: true }, trouble);
  } catch (error) {
    if (!(error instanceof StepFailure))
      return yield* continueLater(context, input, logError(context, error));
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
    return yield* continueLater(
      context,
      { ...input, isEnding: true, failure },
      logError(context, error),
    );
  }
  return yield* continueLater(
    context,
    { ...input, resumes: true, isEnding: false, failure: null },
    'not all batches have ended',
  );
}

/** Waits and continues as new. */
function* continueLater(
  context: OrchestrationContext,
  input: Input,
  trouble: string,
): Steps<undefined> {
  warn(context, `continues in ${String(errorWaitSeconds)} s after an error: ${trouble}`);
  yield* wait(context, errorWaitSeconds);
  const next: MigrationInput = { ...input, trouble };
  context.df.continueAsNew(next);
  return undefined;
}
