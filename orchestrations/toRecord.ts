import type { OrchestrationContext } from 'durable-functions';
import { type BatchRun, finishBatchResultSchema } from '../shared/contracts/activities.ts';
import { activities } from './names.ts';
import { call, reasonOf, type Steps } from './steps.ts';

/**
 * Takes a batch through its chain and writes its record, however the chain ends; never throws. The chain returns null when
 * the batch has come to its end, else why it was stopped on the way.
 */
export function* toRecord(
  context: OrchestrationContext,
  input: BatchRun,
  chain: (context: OrchestrationContext, input: BatchRun) => Steps<string | null>,
): Steps<{ readonly ok: boolean }> {
  const { migrationId, batchId } = input;
  let failure: string | null = null;
  let stopped: string | null = null;
  try {
    stopped = yield* chain(context, input);
  } catch (error) {
    failure = reasonOf(error);
  }
  try {
    yield* call(context, activities.finishBatch, { migrationId, batchId, failure, stopped }, finishBatchResultSchema);
    return { ok: failure === null };
  } catch {
    // The record could not be written in an hour; the migration's summary tries again for every batch without an end.
    return { ok: false };
  }
}
