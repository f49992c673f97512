import type { OrchestrationContext } from 'durable-functions';
import { doneSchema, type JobRef, type OwnedBatch } from '../../shared/contracts/internal/batch.ts';
import {
  type CheckpointInput,
  checkpointInputSchema,
  type CheckpointResult,
  checkpointResultSchema,
  readCheckpointResultSchema,
} from '../../shared/contracts/internal/commands.ts';
import { handleSharePointCommandsResultSchema } from '../../shared/contracts/internal/sharePoint.ts';
import { withJitter } from '../../shared/domain/cadence.ts';
import type { CheckpointStage } from '../../shared/domain/checkpoint.ts';
import { checkpointInstanceId } from '../../shared/domain/ids.ts';
import {
  call,
  patience,
  type Steps,
  Superseded,
  unexpected,
  wait,
  waitForWakeUp,
} from '../durable/steps.ts';
import { activities, orchestrators } from '../names.ts';
import { handleCommands } from './handleCommands.ts';

const checkSeconds = 1_800;
const quotaPollSeconds = 7_200;
// Nobody wakes thousands of batches when a freeze is lifted: each looks by itself.
const frozenSeconds = 300;

/** What a generation of a wait has come to: its end, or how long to wait before the next one. `throttled`: Graph has asked to wait. */
type Checked =
  | { readonly result: CheckpointResult }
  | { readonly seconds: number; readonly tries: number; readonly throttled?: boolean };

/** Waits before a step of a batch and carries out commands meanwhile: one check a generation. Ends when the batch may go on, or must not. */
export function* checkpoint(context: OrchestrationContext): Steps<CheckpointResult | undefined> {
  const input = checkpointInputSchema.parse(context.df.getInput());
  try {
    const checked = yield* check(context, input);
    if ('result' in checked) return checked.result;
    if (checked.seconds > 0)
      yield* checked.throttled === true
        ? wait(context, checked.seconds)
        : waitForWakeUp(context, checked.seconds);
    context.df.continueAsNew({ ...input, tries: checked.tries });
  } catch (error) {
    if (error instanceof Superseded) return { kind: 'stop', reason: error.message };
    yield* unexpected(context, input, error);
    context.df.continueAsNew(input);
  }
  return undefined;
}

function* check(context: OrchestrationContext, input: CheckpointInput): Steps<Checked> {
  const { migrationId, batchId, owner, stage, sinceMs, jobId, kind } = input;
  const seen = yield* call(
    context,
    activities.readCheckpoint,
    { migrationId, batchId, owner, stage, sinceMs, waiterId: context.df.instanceId },
    readCheckpointResultSchema,
  );
  if (seen.kind === 'go' || seen.kind === 'stop') return { result: seen };
  if (seen.kind !== 'commands') return { seconds: secondsUntilNext(context, seen), tries: 0 };
  if (kind === 'sharePoint') {
    const sharePointHandled = yield* call(
      context,
      activities.handleSharePointCommands,
      { migrationId, batchId, owner },
      handleSharePointCommandsResultSchema,
    );
    const { askedSeconds } = sharePointHandled;
    if (sharePointHandled.kind === 'done' && !sharePointHandled.unconfirmed && askedSeconds === 0)
      return { seconds: 0, tries: 0 };
    return {
      seconds: Math.max(
        sharePointHandled.kind === 'done' ? 15 : sharePointHandled.seconds,
        askedSeconds,
      ),
      tries: input.tries + 1,
      throttled: askedSeconds > 0,
    };
  }
  const job: JobRef | null = jobId === null ? null : { migrationId, batchId, owner, jobId };
  const handled = yield* handleCommands(
    context,
    input,
    job,
    null,
    stage === 'hold' ? 'held' : 'under way',
  );
  if (handled.decision !== null) return { result: { kind: handled.decision } };
  return handled.waitSeconds === null
    ? { seconds: 0, tries: 0 }
    : {
        seconds: patience(input.tries + 1, handled.waitSeconds),
        tries: input.tries + 1,
        throttled: handled.isAsked,
      };
}

function secondsUntilNext(
  context: OrchestrationContext,
  seen:
    | { readonly kind: 'wait'; readonly untilMs: number | null }
    | { readonly kind: 'full' | 'frozen' },
): number {
  const nowMs = context.df.currentUtcDateTime.getTime();
  // What others move takes days, and many may wait for it.
  if (seen.kind !== 'wait')
    return withJitter(
      seen.kind === 'full' ? quotaPollSeconds : frozenSeconds,
      `${context.df.instanceId}#${String(nowMs)}`,
    );
  const remainingSeconds = seen.untilMs === null ? checkSeconds : (seen.untilMs - nowMs) / 1000;
  return Math.max(1, Math.min(checkSeconds, Math.ceil(remainingSeconds)));
}

/**
 * Takes a batch through the gate before a step: commands are carried out, and it waits while the migration is paused or
 * waits for approval, or everything is frozen. Null when the batch may go on, else why it may not. `ordinal` gives numbers that are unique in the batch.
 */
export function* waitForClearance(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
  stage: CheckpointStage,
  job: JobRef | null,
  ordinal: () => number,
  kind: CheckpointInput['kind'] = 'users',
): Steps<string | null> {
  const seen = yield* call(
    context,
    activities.readCheckpoint,
    { migrationId, batchId, owner, stage, sinceMs: 0, waiterId: null },
    readCheckpointResultSchema,
  );
  if (seen.kind === 'go') return null;
  if (seen.kind === 'stop') return seen.reason;
  const result = yield* waitAtCheckpoint(
    context,
    { migrationId, batchId, owner, stage, sinceMs: 0, kind, jobId: job?.jobId ?? null, tries: 0 },
    ordinal(),
  );
  return result.kind === 'stop' ? result.reason : null;
}

/** Waits in an orchestration of its own until the gate lets the batch go on or stops it. */
export function* waitAtCheckpoint(
  context: OrchestrationContext,
  input: CheckpointInput,
  ordinal: number,
): Steps<CheckpointResult> {
  return checkpointResultSchema.parse(
    yield context.df.callSubOrchestrator(
      orchestrators.checkpoint,
      input,
      checkpointInstanceId(input.migrationId, input.batchId, ordinal),
    ),
  );
}

/** Checks the gate before a create that is tried again, and carries out commands; `wait` says how long to wait before the next check. */
export function* checkClearance(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
): Steps<
  | { readonly kind: 'go' }
  | { readonly kind: 'stop'; readonly reason: string }
  | { readonly kind: 'wait'; readonly seconds: number }
> {
  const checked = yield* check(context, {
    migrationId,
    batchId,
    owner,
    stage: 'create',
    sinceMs: 0,
    kind: 'users',
    jobId: null,
    tries: 0,
  });
  if (!('result' in checked)) return { kind: 'wait', seconds: checked.seconds };
  return checked.result.kind === 'stop' ? checked.result : { kind: 'go' };
}

/** Holds a batch whose users failed validation until somebody says how to go on, or its time is over. */
export function* hold(
  context: OrchestrationContext,
  job: JobRef,
  ordinal: () => number,
): Steps<CheckpointResult> {
  const { migrationId, batchId, owner, jobId } = job;
  const sinceMs = context.df.currentUtcDateTime.getTime();
  const released = yield* waitAtCheckpoint(
    context,
    { migrationId, batchId, owner, stage: 'hold', sinceMs, kind: 'users', jobId, tries: 0 },
    ordinal(),
  );
  if (released.kind === 'revalidate')
    yield* call(context, activities.reopenTasks, { ...job, outcome: 'invalid' }, doneSchema);
  return released;
}
