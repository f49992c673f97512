import type { OrchestrationContext } from 'durable-functions';
import { type BatchRun, finishBatchResultSchema, nextBatchResultSchema } from '../shared/contracts/activities.ts';
import { type LaneInput, laneInputSchema } from '../shared/contracts/orchestrations.ts';
import { batchInstanceId } from '../shared/domain/instanceIds.ts';
import { batchIdAt } from '../shared/domain/plan.ts';
import { activities, orchestrators } from './names.ts';
import { call, reasonOf, type Steps } from './steps.ts';

/** Takes its share of a migration's batches one after the other, a generation for each; never throws. */
export function* lane(context: OrchestrationContext): Steps<{ readonly ok: boolean } | undefined> {
  const input = laneInputSchema.parse(context.df.getInput());
  try {
    const batch = input.round === null ? plannedBatch(input) : yield* batchOfRound(context, input, input.round);
    if (batch === undefined) return { ok: true };
    yield* runBatch(context, input.kind, batch);
    context.df.continueAsNew({ ...input, index: input.index + input.laneCount, after: batch.batchId });
    return undefined;
  } catch {
    // Storage was out of reach for an hour; the summary ends every batch that has no end.
    return { ok: false };
  }
}

/** The batches of a request are numbered through: nothing has to be looked up. */
function plannedBatch({ migrationId, validateOnly, hold, index, batchCount }: LaneInput): BatchRun | undefined {
  if (index >= batchCount) return undefined;
  return { migrationId, batchId: batchIdAt(index), validateOnly, hold, run: 1, firstAttempt: 1, jobId: null, sameJob: false };
}

function* batchOfRound(context: OrchestrationContext, { migrationId, index, laneCount, after }: LaneInput, round: string): Steps<BatchRun | undefined> {
  const next = yield* call(context, activities.nextBatch, { migrationId, round, lane: index % laneCount, laneCount, after }, nextBatchResultSchema);
  return next.kind === 'none' ? undefined : next.batch;
}

function* runBatch(context: OrchestrationContext, kind: LaneInput['kind'], batch: BatchRun): Steps<void> {
  const { migrationId, batchId, run } = batch;
  try {
    yield context.df.callSubOrchestrator(kind === 'sharePoint' ? orchestrators.sharePointBatch : orchestrators.batch, batch, batchInstanceId(migrationId, batchId, run));
  } catch (error) {
    // Batches do not throw: somebody has terminated this one.
    const failure = `the batch was ended from outside: ${reasonOf(error)}`;
    yield* call(context, activities.finishBatch, { migrationId, batchId, failure, stopped: null }, finishBatchResultSchema);
  }
}
