import type { OrchestrationContext } from 'durable-functions';
import { type BatchInput, laneInputSchema } from '../shared/contracts/orchestrations.ts';
import { batchInstanceId } from '../shared/domain/instanceIds.ts';
import { batchIdAt } from '../shared/domain/plan.ts';
import { finishBatchResultSchema } from '../shared/contracts/activities.ts';
import { activities, orchestrators } from './names.ts';
import { call, reasonOf, type Steps } from './steps.ts';

/** Takes its share of a migration's batches one after the other, a generation for each; never throws. */
export function* lane(context: OrchestrationContext): Steps<{ readonly ok: boolean } | undefined> {
  const input = laneInputSchema.parse(context.df.getInput());
  const { migrationId, validateOnly } = input;
  const batchId = batchIdAt(input.index);
  const batch: BatchInput = { migrationId, batchId, validateOnly };
  try {
    yield context.df.callSubOrchestrator(orchestrators.batch, batch, batchInstanceId(migrationId, batchId));
  } catch (error) {
    // Batches do not throw: somebody has terminated this one.
    const failure = `the batch was ended from outside: ${reasonOf(error)}`;
    try {
      yield* call(context, activities.finishBatch, { migrationId, batchId, failure, stopped: null }, finishBatchResultSchema);
    } catch {
      return { ok: false };
    }
  }
  const index = input.index + input.laneCount;
  if (index >= input.batchCount) return { ok: true };
  context.df.continueAsNew({ ...input, index });
  return undefined;
}
