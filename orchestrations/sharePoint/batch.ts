import type { OrchestrationContext } from 'durable-functions';
import { sharePointTaskInstanceId } from '../../shared/contracts/ids.ts';
import { type BatchRun, inSight } from '../../shared/contracts/internal/batch.ts';
import {
  listSharePointTasksResultSchema,
  type SharePointTaskInput,
} from '../../shared/contracts/internal/sharePoint.ts';
import { waitForClearance } from '../commands/checkpoint.ts';
import { call, ownedBatch, runBatchChain, type Steps } from '../durable/steps.ts';
import { activities, orchestrators } from '../names.ts';

/**
 * Sub-orchestrations get numbers that no earlier run, restart or generation of the batch has used.
 */
const perGeneration = 1_000;
const perRestart = 1_000_000;

/**
 * Runs a batch of a SharePoint migration: validate all → (approval) → migrate all → record. Each
 * task runs in its own sub-orchestration. Never throws.
 */
export function* sharePointBatch(
  context: OrchestrationContext,
): Steps<{ readonly ok: boolean } | undefined> {
  return yield* runBatchChain(context, chain);
}

/** Returns null if the batch came to its end, or the reason if it was stopped. */
function* chain(context: OrchestrationContext, input: BatchRun): Steps<string | null> {
  let ordinals = (input.run - 1) * perGeneration + beginNumber(input) * perRestart;
  const ordinal = (): number => (ordinals += 1);

  // Tasks that Graph has already were cleared before. They are watched to their end, whatever
  // commands arrive.
  if (input.resumes && !input.validateOnly && (yield* list(context, input, 'migrate')).begun) {
    yield* runStage(context, input, 'migrate');
    return null;
  }
  const refusal = yield* waitForClearance(
    context,
    ownedBatch(input),
    'create',
    null,
    ordinal,
    'sharePoint',
  );
  if (refusal !== null) return refusal;
  yield* runStage(context, input, 'validate');
  if (input.validateOnly) return null;

  const { tasks } = yield* list(context, input, 'migrate');
  // Nothing remains to create, so nothing needs approval.
  if (tasks.length === 0) return null;
  const objection = yield* waitForClearance(
    context,
    ownedBatch(input),
    'migrate',
    null,
    ordinal,
    'sharePoint',
  );
  if (objection !== null) return objection;
  yield* runStage(context, input, 'migrate');
  return null;
}

function beginNumber({ restarts, generation }: BatchRun): number {
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

/**
 * Runs all tasks of a stage side by side. If the orchestration of a task is terminated from
 * outside, the task gets another one.
 */
function* runStage(context: OrchestrationContext, input: BatchRun, stage: Stage): Steps<void> {
  for (let repetition = 0; ; repetition += 1) {
    const { tasks } = yield* list(context, input, stage);
    if (tasks.length === 0) return;
    if (yield* runTasks(context, input, stage, tasks, repetition)) return;
  }
}

/** Returns false if the orchestration of a task was terminated from outside. */
function* runTasks(
  context: OrchestrationContext,
  batch: BatchRun,
  stage: Stage,
  tasks: Listed['tasks'],
  repetition: number,
): Steps<boolean> {
  const { migrationId, batchId, run, restarts } = batch;
  const begin = beginNumber(batch) * perGeneration + repetition;
  const started = tasks.map(({ taskId, number, checkMapping, validate }) => {
    const input: SharePointTaskInput = {
      migrationId,
      batchId,
      taskId,
      stage: stage === 'migrate' ? 'queue' : 'validate',
      run,
      restarts,
      checkMapping,
      validate,
      polls: 0,
      faults: 0,
      recovered: false,
      delayedSinceMs: null,
      refusedSinceMs: null,
      askedUntilMs: null,
      sight: inSight,
      lookedUpAtMs: null,
      retriedBy: null,
      graphTaskId: null,
      seen: null,
    };
    return context.df.callSubOrchestrator(
      orchestrators.sharePointTask,
      input,
      sharePointTaskInstanceId(migrationId, batchId, { stage, number, run, begin }),
    );
  });
  let isComplete = true;
  try {
    // Starts all of them. After a failure, nothing is scheduled until each of them has ended.
    yield context.df.Task.all(started);
  } catch {
    isComplete = false;
  }
  for (const task of isComplete ? [] : started) {
    try {
      yield task;
    } catch {
      // The orchestration of a task never throws, so it was terminated.
    }
  }
  return isComplete;
}
