import type { OrchestrationContext } from 'durable-functions';
import { checkpointInstanceId } from '../../shared/contracts/ids.ts';
import type { JobRef, OwnedBatch } from '../../shared/contracts/internal/batch.ts';
import {
  type CheckpointInput,
  checkpointInputSchema,
  type CheckpointResult,
  checkpointResultSchema,
  readCheckpointResultSchema,
  reopenedSchema,
} from '../../shared/contracts/internal/commands.ts';
import { handleSharePointCommandsResultSchema } from '../../shared/contracts/internal/sharePoint.ts';
import type { CheckpointStage } from '../../shared/domain/commands.ts';
import { commandPolicy } from '../../shared/domain/policies.ts';
import { withJitter } from '../../shared/domain/polling.ts';
import {
  backoffSeconds,
  call,
  noteUnexpectedError,
  type Steps,
  Superseded,
  wait,
  waitForWakeUp,
} from '../durable/steps.ts';
import { activities, orchestrators } from '../names.ts';
import { handleCommands } from './handleCommands.ts';

const { checkpointSeconds, frozenSeconds, quotaSeconds, shortestRetrySeconds } = commandPolicy;

/**
 * The result of one generation of a wait: the end of the wait, or the seconds until the next check.
 * `throttled`: Graph asked for that wait.
 */
type Checked =
  | { readonly result: CheckpointResult }
  | { readonly seconds: number; readonly tries: number; readonly throttled?: boolean };

/**
 * Waits before a step of a batch and handles commands meanwhile, with one check per generation.
 * Ends when the batch may continue or must stop.
 */
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
    yield* noteUnexpectedError(context, input, error);
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
  if (kind === 'sharePoint') return yield* handleForSharePoint(context, input);
  const job: JobRef | null = jobId === null ? null : { migrationId, batchId, owner, jobId };
  const handled = yield* handleCommands(context, input, job, null, stage === 'hold');
  if (handled.decision !== null) return { result: { kind: handled.decision } };
  return handled.waitSeconds === null
    ? { seconds: 0, tries: 0 }
    : {
        seconds: backoffSeconds(input.tries + 1, handled.waitSeconds),
        tries: input.tries + 1,
        throttled: handled.isAsked,
      };
}

function* handleForSharePoint(
  context: OrchestrationContext,
  { migrationId, batchId, owner, tries }: CheckpointInput,
): Steps<Checked> {
  const handled = yield* call(
    context,
    activities.handleSharePointCommands,
    { migrationId, batchId, owner },
    handleSharePointCommandsResultSchema,
  );
  const { askedSeconds } = handled;
  if (handled.kind === 'done' && !handled.unconfirmed && askedSeconds === 0)
    return { seconds: 0, tries: 0 };
  return {
    seconds: Math.max(
      handled.kind === 'done' ? shortestRetrySeconds : handled.seconds,
      askedSeconds,
    ),
    tries: tries + 1,
    throttled: askedSeconds > 0,
  };
}

function secondsUntilNext(
  context: OrchestrationContext,
  seen:
    | { readonly kind: 'wait'; readonly untilMs: number | null }
    | { readonly kind: 'full' | 'frozen' },
): number {
  const nowMs = context.df.currentUtcDateTime.getTime();
  if (seen.kind !== 'wait')
    return withJitter(
      seen.kind === 'full' ? quotaSeconds : frozenSeconds,
      `${context.df.instanceId}#${String(nowMs)}`,
    );
  const remainingSeconds =
    seen.untilMs === null ? checkpointSeconds : (seen.untilMs - nowMs) / 1000;
  return Math.max(1, Math.min(checkpointSeconds, Math.ceil(remainingSeconds)));
}

/**
 * Waits at the checkpoint before a step of a batch, while the migration is paused or needs
 * approval, or a freeze is in force. Commands are handled meanwhile. Returns null if the batch may
 * continue, or the reason if it must stop. `ordinal` returns a number that is unique in the batch.
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

/** Waits in a sub-orchestration until the checkpoint clears or stops the batch. */
function* waitAtCheckpoint(
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

/**
 * Checks for clearance before a create is retried, and handles commands. For `wait`, `seconds` is
 * the time until the next check.
 */
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

/**
 * Holds a batch whose users failed validation until a command decides how to continue, or the hold
 * time ends. Returns `newJob` if the job must not be validated again, because it contains a user
 * who is reserved elsewhere by now: it would migrate that user too.
 */
export function* hold(
  context: OrchestrationContext,
  job: JobRef,
  ordinal: () => number,
): Steps<CheckpointResult | { readonly kind: 'newJob' }> {
  const { migrationId, batchId, owner, jobId } = job;
  const sinceMs = context.df.currentUtcDateTime.getTime();
  const released = yield* waitAtCheckpoint(
    context,
    { migrationId, batchId, owner, stage: 'hold', sinceMs, kind: 'users', jobId, tries: 0 },
    ordinal(),
  );
  if (released.kind !== 'revalidate') return released;
  const { needsNewJob } = yield* call(
    context,
    activities.reopenTasks,
    { ...job, outcome: 'invalid' },
    reopenedSchema,
  );
  return needsNewJob ? { kind: 'newJob' } : released;
}
