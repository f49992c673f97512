import type { OrchestrationContext } from 'durable-functions';
import { type BatchRun, inSight } from '../../shared/contracts/internal/batch.ts';
import {
  listSharePointTasksResultSchema,
  type SharePointTaskInput,
} from '../../shared/contracts/internal/sharePoint.ts';
import { sharePointTaskInstanceId } from '../../shared/domain/ids.ts';
import { waitForClearance } from '../commands/checkpoint.ts';
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
  let ordinals = (input.run - 1) * perGeneration + beginOf(input) * perRestart;
  const ordinal = (): number => (ordinals += 1);

  // What is at Graph already has been through the ordinals, and is watched to its end whatever is asked now.
  if (input.resumes && !input.validateOnly && (yield* list(context, input, 'migrate')).begun) {
    yield* each(context, input, 'migrate');
    return null;
  }
  const refusal = yield* waitForClearance(
    context,
    ownedBy(input),
    'create',
    null,
    ordinal,
    'sharePoint',
  );
  if (refusal !== null) return refusal;
  yield* each(context, input, 'validate');
  if (input.validateOnly) return null;

  const { tasks } = yield* list(context, input, 'migrate');
  // With nothing left to create there is nothing to approve.
  if (tasks.length === 0) return null;
  const objection = yield* waitForClearance(
    context,
    ownedBy(input),
    'migrate',
    null,
    ordinal,
    'sharePoint',
  );
  if (objection !== null) return objection;
  yield* each(context, input, 'migrate');
  return null;
}

function beginOf({ restarts, generation }: BatchRun): number {
  return restarts * perGeneration + generation;
}

type Stage = 'validate' | 'migrate';
type Listed = ReturnType<typeof listSharePointTasksResultSchema.parse>;

function* list(
  context: OrchestrationContext,
  { migrationId, batchId }: BatchRun,
  stage: Stage,
): Steps<Listed> {
  return yield* call(
    context,
    activities.listSharePointTasks,
    { migrationId, batchId, stage },
    listSharePointTasksResultSchema,
  );
}

/** Takes every task of a stage through it, all together. A task whose orchestration was ended from outside gets another one. */
function* each(context: OrchestrationContext, input: BatchRun, stage: Stage): Steps<void> {
  for (let again = 0; ; again += 1) {
    const { tasks } = yield* list(context, input, stage);
    if (tasks.length === 0) return;
    if (yield* together(context, input, stage, tasks, again)) return;
  }
}

/** False when the orchestration of a task was ended from outside. */
function* together(
  context: OrchestrationContext,
  batch: BatchRun,
  stage: Stage,
  tasks: Listed['tasks'],
  again: number,
): Steps<boolean> {
  const { migrationId, batchId, run, restarts } = batch;
  const begin = beginOf(batch) * perGeneration + again;
  const started = tasks.map(({ taskId, number, checkMapping, validate }) => {
    const input: SharePointTaskInput & LastRelease = {
      ...{
        migrationId,
        batchId,
        taskId,
        stage: stage === 'migrate' ? 'queue' : 'validate',
        run,
        restarts,
        checkMapping,
        validate,
      },
      ...{
        polls: 0,
        faults: 0,
        recovered: false,
        delayedSinceMs: null,
        askedUntilMs: null,
        found: false,
        beforeId: null,
        isCreateUnknown: false,
        missing: 0,
        unseenSinceMs: null,
      },
      ...{ sight: inSight, retriedBy: null, graphTaskId: null, seen: null },
    };
    return context.df.callSubOrchestrator(
      orchestrators.sharePointTask,
      input,
      sharePointTaskInstanceId(migrationId, batchId, { stage, number, run, begin }),
    );
  });
  let isComplete = true;
  try {
    // Starts them all. What follows after a failure schedules nothing until each of them has ended.
    yield context.df.Task.all(started);
  } catch {
    isComplete = false;
  }
  for (const task of isComplete ? [] : started) {
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
