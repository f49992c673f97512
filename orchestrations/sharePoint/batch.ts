import type { OrchestrationContext } from 'durable-functions';
import { type BatchRun, inSight } from '../../shared/contracts/internal/activities.ts';
import {
  listMovesResultSchema,
  type MoveInput,
} from '../../shared/contracts/internal/sharePoint.ts';
import { moveInstanceId } from '../../shared/domain/ids.ts';
import { pass } from '../commands/checkpoint.ts';
import { call, type Steps } from '../durable/steps.ts';
import { ownedBy, toRecord } from '../migration/batchRun.ts';
import { activities, orchestrators } from '../names.ts';

/** What a batch starts beside itself has numbers that no earlier run, restart or generation of it has used. */
const perGeneration = 1_000;
const perRestart = 1_000_000;

/**
 * A share of a SharePoint migration: validate all → (approval) → move all, each task in an orchestration of its own → record.
 * Never throws.
 */
export function* sharePointBatch(
  context: OrchestrationContext,
): Steps<{ readonly ok: boolean } | undefined> {
  return yield* toRecord(context, chain);
}

/** Null when the batch has come to its end, else why it was stopped on the way. */
function* chain(context: OrchestrationContext, input: BatchRun): Steps<string | null> {
  let gates = (input.run - 1) * perGeneration + beginOf(input) * perRestart;
  const ordinal = (): number => (gates += 1);

  // What is at Graph already has been through the gates, and is watched to its end whatever is asked now.
  if (input.resumes && !input.validateOnly && (yield* list(context, input, 'move')).begun) {
    yield* each(context, input, 'move');
    return null;
  }
  const refusal = yield* pass(context, ownedBy(input), 'create', null, ordinal, 'sharePoint');
  if (refusal !== null) return refusal;
  yield* each(context, input, 'validate');
  if (input.validateOnly) return null;

  const { moves } = yield* list(context, input, 'move');
  // With nothing left to create there is nothing to approve.
  if (moves.length === 0) return null;
  const objection = yield* pass(context, ownedBy(input), 'migrate', null, ordinal, 'sharePoint');
  if (objection !== null) return objection;
  yield* each(context, input, 'move');
  return null;
}

function beginOf({ restarts, generation }: BatchRun): number {
  return restarts * perGeneration + generation;
}

type Stage = 'validate' | 'move';
type Listed = ReturnType<typeof listMovesResultSchema.parse>;

function* list(
  context: OrchestrationContext,
  { migrationId, batchId }: BatchRun,
  stage: Stage,
): Steps<Listed> {
  return yield* call(
    context,
    activities.listMoves,
    { migrationId, batchId, stage },
    listMovesResultSchema,
  );
}

/** Takes every task of a stage through it, all together. A task whose orchestration was ended from outside gets another one. */
function* each(context: OrchestrationContext, input: BatchRun, stage: Stage): Steps<void> {
  for (let again = 0; ; again += 1) {
    const { moves } = yield* list(context, input, stage);
    if (moves.length === 0) return;
    if (yield* together(context, input, stage, moves, again)) return;
  }
}

/** False when the orchestration of a task was ended from outside. */
function* together(
  context: OrchestrationContext,
  batch: BatchRun,
  stage: Stage,
  moves: Listed['moves'],
  again: number,
): Steps<boolean> {
  const { migrationId, batchId, run, restarts } = batch;
  const begin = beginOf(batch) * perGeneration + again;
  const tasks = moves.map(({ taskId, number, checkMapping, validate }) => {
    const input: MoveInput & LastRelease = {
      ...{
        migrationId,
        batchId,
        taskId,
        stage: stage === 'move' ? 'queue' : 'validate',
        run,
        restarts,
        checkMapping,
        validate,
      },
      ...{
        looks: 0,
        faults: 0,
        recovered: false,
        delayedSinceMs: null,
        askedUntilMs: null,
        found: false,
        beforeId: null,
        doubtful: false,
        missing: 0,
        unseenSinceMs: null,
      },
      ...{ sight: inSight, retriedBy: null, graphTaskId: null, seen: null },
    };
    return context.df.callSubOrchestrator(
      orchestrators.sharePointTask,
      input,
      moveInstanceId(migrationId, batchId, { stage, number, run, begin }),
    );
  });
  let isComplete = true;
  try {
    // Starts them all. What follows after a failure schedules nothing until each of them has ended.
    yield context.df.Task.all(tasks);
  } catch {
    isComplete = false;
  }
  for (const task of isComplete ? [] : tasks) {
    try {
      yield task;
    } catch {
      // The orchestration of a task does not throw: somebody has ended it.
    }
  }
  return isComplete;
}

/** Members that the release before asks for, and this one does not use. */
interface LastRelease {
  readonly missing: number;
  readonly unseenSinceMs: number | null;
}
