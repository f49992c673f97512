import type { OrchestrationContext } from 'durable-functions';
import { type BatchRef, type BatchRun, batchRunSchema } from '../shared/contracts/activities.ts';
import { listMovesResultSchema, type MoveInput, obeyMovesResultSchema } from '../shared/contracts/sharePointActivities.ts';
import { moveInstanceId } from '../shared/domain/instanceIds.ts';
import { pass } from './gate.ts';
import { activities, orchestrators } from './names.ts';
import { call, type Steps, wait } from './steps.ts';
import { toRecord } from './toRecord.ts';

/**
 * A share of a SharePoint migration: validate all → (approval) → move all, each task in an orchestration of its own → record.
 * Never throws.
 */
export function* sharePointBatch(context: OrchestrationContext): Steps<{ readonly ok: boolean }> {
  return yield* toRecord(context, batchRunSchema.parse(context.df.getInput()), chain);
}

/** Null when the batch has come to its end, else why it was stopped on the way. */
function* chain(context: OrchestrationContext, input: BatchRun): Steps<string | null> {
  // Gates of an earlier run have their numbers already.
  let gates = (input.run - 1) * 1_000;
  const ordinal = (): number => (gates += 1);

  const refusal = yield* pass(context, input, 'create', null, ordinal, obeyMoves);
  if (refusal !== null) return refusal;
  yield* each(context, input, 'validate');
  if (input.validateOnly) return null;

  const { moves } = yield* call(context, activities.listMoves, { migrationId: input.migrationId, batchId: input.batchId, stage: 'move' }, listMovesResultSchema);
  // With nothing left to create there is nothing to approve.
  if (moves.length === 0) return null;
  const objection = yield* pass(context, input, 'migrate', null, ordinal, obeyMoves);
  if (objection !== null) return objection;
  yield* each(context, input, 'move');
  return null;
}

/** Carries out, for all tasks of the batch, what was asked of it. */
function* obeyMoves(context: OrchestrationContext, { migrationId, batchId }: BatchRef): Steps<void> {
  for (;;) {
    const obeyed = yield* call(context, activities.obeyMoves, { migrationId, batchId }, obeyMovesResultSchema);
    if (obeyed.kind === 'done') return;
    yield* wait(context, Math.max(15, obeyed.seconds));
  }
}

/** Takes every task of a stage through it, all together. */
function* each(context: OrchestrationContext, { migrationId, batchId, run }: BatchRun, stage: 'validate' | 'move'): Steps<void> {
  const { moves } = yield* call(context, activities.listMoves, { migrationId, batchId, stage }, listMovesResultSchema);
  if (moves.length === 0) return;
  const tasks = moves.map(({ taskId, number, checkMapping, validate }) => {
    const input: MoveInput = { migrationId, batchId, taskId, stage: stage === 'move' ? 'queue' : 'validate', checkMapping, validate, looks: 0, faults: 0, found: false, beforeId: null, doubtful: false, missing: 0, unseenSinceMs: null, graphTaskId: null, seen: null };
    return context.df.callSubOrchestrator(orchestrators.sharePointTask, input, moveInstanceId(migrationId, batchId, { stage, number, run }));
  });
  yield context.df.Task.all(tasks);
}
