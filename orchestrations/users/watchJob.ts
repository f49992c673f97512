import type { OrchestrationContext } from 'durable-functions';
import { watchInstanceId } from '../../shared/contracts/ids.ts';
import {
  doneSchema,
  inSight,
  type JobRef,
  type OwnedBatch,
  type Sight,
} from '../../shared/contracts/internal/batch.ts';
import {
  type JobNotSeen,
  pollJobResultSchema,
  recordTasksResultSchema,
  type WatchInput,
  watchInputSchema,
  type WatchResult,
  watchResultSchema,
} from '../../shared/contracts/internal/users.ts';
import { endsWatch, type WatchGoal } from '../../shared/domain/lifecycle.ts';
import { pollingPolicy } from '../../shared/domain/policies.ts';
import { nextCheckSeconds, type NotSeen, notSeen } from '../../shared/domain/polling.ts';
import { handleCommands } from '../commands/handleCommands.ts';
import {
  backoffSeconds,
  call,
  clearUnexpectedError,
  noteUnexpectedError,
  StepFailure,
  type Steps,
  Superseded,
  wait,
  waitForWakeUp,
} from '../durable/steps.ts';
import { activities, orchestrators } from '../names.ts';

/**
 * The result of a status check: the end of the watch, or the state and the wait before the next
 * check. `throttled`: Graph asked for the wait.
 */
type Checked =
  | WatchResult
  | { readonly state: WatchInput; readonly seconds: number; readonly throttled: boolean };

/**
 * Watches a job. Each generation checks the job once, handles commands, waits on a durable timer
 * and continues as new, so the history does not grow with time. Ends with the job's status when the
 * goal is reached or can no longer be reached. A job that Graph does not show is checked until 30
 * days after its cutover date.
 */
export function* watch(context: OrchestrationContext): Steps<WatchResult | undefined> {
  const state = watchInputSchema.parse(context.df.getInput());
  try {
    if (state.askedSeconds > 0) yield* wait(context, state.askedSeconds);
    const next = yield* check(context, state);
    // If the watch ends at its first check, the error of the batch may come from the next step and
    // is not cleared.
    if (state.isTroubled && (state.checks > 0 || !('ok' in next)))
      yield* clearUnexpectedError(context, state);
    if ('ok' in next) return next;
    // Commands do not interrupt a wait that Graph asked for.
    if (next.seconds > 0)
      yield* next.throttled ? wait(context, next.seconds) : waitForWakeUp(context, next.seconds);
    context.df.continueAsNew({ ...next.state, isTroubled: false, askedSeconds: 0 });
    return undefined;
  } catch (error) {
    if (error instanceof Superseded) return { ok: false, reason: error.message };
    yield* noteUnexpectedError(context, state, error);
    context.df.continueAsNew({
      ...state,
      checks: state.checks + 1,
      isTroubled: true,
      askedSeconds: 0,
    });
    return undefined;
  }
}

function* check(context: OrchestrationContext, before: WatchInput): Steps<Checked> {
  const state = { ...before, checks: before.checks + 1 };
  const { migrationId, batchId, owner, jobId, goal, sight } = state;
  const read = yield* call(
    context,
    activities.pollJob,
    {
      migrationId,
      batchId,
      owner,
      jobId,
      lastStatus: state.status,
      lastNeed: state.need,
      waiterId: context.df.instanceId,
      sight,
      completeAfterMs: state.completeAfterMs,
    },
    pollJobResultSchema,
  );
  if (read.kind === 'ended') return { ok: false, reason: 'the batch has ended' };
  if (read.kind === 'notSeen') return yield* checkUnseen(context, state, read);
  const { status, need, completeAfterMs } = read;
  const isReached = state.untilSeen || endsWatch(goal, status);
  // Unconfirmed commands are sent again before the next step, because they may affect it.
  const mustHandleFirst =
    read.hasUnconfirmed && goal !== 'cancelled' && !endsWatch('migrated', status);
  if (isReached && !mustHandleFirst) return { ok: true, status, needsNewJob: false };

  let { statusHash } = state;
  let askedSeconds = 0;
  if (
    goal === 'migrated' &&
    (status !== state.status ||
      status === 'cuttingOver' ||
      state.checks % pollingPolicy.maxChecksPerUserList === 0)
  ) {
    const recorded = yield* call(
      context,
      activities.recordTasks,
      {
        migrationId,
        batchId,
        owner: null,
        jobId,
        stage: 'progress',
        lastStatusHash: statusHash,
        delayed: false,
      },
      recordTasksResultSchema,
    );
    if (recorded.kind === 'done') statusHash = recorded.statusHash;
    else askedSeconds = recorded.seconds;
  }
  const seen = {
    ...state,
    status,
    need,
    statusHash,
    completeAfterMs,
    sight: inSight,
    commandTries: 0,
  };
  // A job that is being cancelled accepts no commands.
  if (read.hasCommands && goal !== 'cancelled') {
    const { waitSeconds, isAsked } = yield* handleCommands(context, state, state, {
      status,
      isSeen: true,
      completeAfterMs,
    });
    if (waitSeconds === null && !isReached) return { state: seen, seconds: 0, throttled: false };
    return {
      state: { ...seen, commandTries: state.commandTries + 1 },
      seconds:
        waitSeconds === null && state.commandTries === 0
          ? 0
          : backoffSeconds(state.commandTries + 1, waitSeconds ?? 0),
      throttled: isAsked,
    };
  }
  const nowMs = context.df.currentUtcDateTime.getTime();
  const seconds = nextCheckSeconds({
    goal,
    status,
    checks: state.checks,
    nowMs,
    completeAfterMs: completeAfterMs ?? nowMs,
    instanceId: context.df.instanceId,
  });
  return { state: seen, seconds: Math.max(seconds, askedSeconds), throttled: askedSeconds > 0 };
}

/** Decides how the watch continues after a check that did not show the job. */
function* checkUnseen(
  context: OrchestrationContext,
  state: WatchInput,
  read: JobNotSeen,
): Steps<Checked> {
  const { goal, jobId } = state;
  const nowMs = context.df.currentUtcDateTime.getTime();
  // A command may have changed the date since.
  const completeAfterMs = Math.max(state.completeAfterMs ?? 0, read.completeAfterMs ?? 0);
  const next = notSeen(state.sight, {
    nowMs,
    askedSeconds: read.seconds,
    isAbsent: read.isAbsent,
    completeAfterMs: completeAfterMs === 0 ? null : completeAfterMs,
  });
  const isGone = next.isGone || read.isDeleted;
  if (isGone && goal === 'cancelled') return { ok: true, status: 'gone', needsNewJob: false };
  if (isGone && read.isRetryRequested) return { ok: true, status: 'gone', needsNewJob: true };
  if (next.isToReport || (read.isDeleted && !state.sight.isReported))
    yield* recordUnknown(context, state, jobId, next.sight.unseenSinceMs ?? nowMs, isGone);
  if (read.isDeleted) return { ok: true, status: 'gone', needsNewJob: false };
  if (next.isOver) return { ok: true, status: isGone ? 'gone' : 'outOfSight', needsNewJob: false };
  const handled =
    read.hasCommands && goal !== 'cancelled'
      ? yield* handleCommands(context, state, state, {
          status: read.status ?? state.status,
          isSeen: false,
          completeAfterMs: null,
          askedSeconds: read.seconds,
        })
      : undefined;
  if (handled?.isMore === true)
    return {
      state: { ...state, sight: next.sight },
      seconds: Math.max(read.seconds, 1),
      throttled: read.seconds > 0,
    };
  const isAsked = handled?.isAsked === true;
  return {
    state: { ...state, sight: next.sight },
    seconds: Math.max(next.seconds, isAsked ? (handled.waitSeconds ?? 0) : 0),
    throttled: read.seconds > 0 || isAsked,
  };
}

/**
 * Starts a watch of a job as a sub-orchestration and waits for its result.
 * @param options `ordinal` is unique in the batch. `untilSeen` ends the watch as soon as Graph
 * shows the job. `isTroubled`: the batch's row may show an unexpected error. `askedSeconds`: the
 * wait that Graph asked for.
 */
export function* watchUntil(
  context: OrchestrationContext,
  job: JobRef,
  options: {
    readonly goal: WatchGoal;
    readonly ordinal: number;
    readonly untilSeen: boolean;
    readonly isTroubled: boolean;
    readonly askedSeconds: number;
  },
): Steps<{ readonly status: string; readonly needsNewJob: boolean }> {
  const { ordinal, ...goal } = options;
  const input: WatchInput = {
    ...job,
    ...goal,
    checks: 0,
    status: null,
    need: null,
    statusHash: null,
    completeAfterMs: null,
    sight: inSight,
    commandTries: 0,
  };
  const result = watchResultSchema.parse(
    yield context.df.callSubOrchestrator(
      orchestrators.watch,
      input,
      watchInstanceId(job.migrationId, job.batchId, ordinal),
    ),
  );
  if (!result.ok) throw new StepFailure(result.reason);
  return result;
}

/**
 * Decides what follows from a read that did not show a job. Records the outcome `unknown` once
 * Graph has not shown the job for seven days. The caller decides what follows when the job is gone.
 */
export function* judgeUnseen(
  context: OrchestrationContext,
  { sight, ...batch }: OwnedBatch & { readonly sight: Sight },
  jobId: string | null,
  {
    seconds,
    isAbsent = false,
    completeAfterMs,
  }: {
    readonly seconds: number;
    readonly isAbsent?: boolean;
    readonly completeAfterMs: number | null;
  },
): Steps<NotSeen> {
  const nowMs = context.df.currentUtcDateTime.getTime();
  const next = notSeen(sight, { nowMs, askedSeconds: seconds, isAbsent, completeAfterMs });
  if (next.isToReport && !next.isGone)
    yield* recordUnknown(context, batch, jobId, next.sight.unseenSinceMs ?? nowMs, false);
  return next;
}

/**
 * Gives the outcome `unknown` to the users of a batch who have no outcome.
 * @param sinceMs since when Graph has not shown the job
 */
export function* recordUnknown(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
  jobId: string | null,
  sinceMs: number,
  isGone: boolean,
): Steps<void> {
  yield* call(
    context,
    activities.recordUnknown,
    { migrationId, batchId, owner, jobId, sinceMs, isGone },
    doneSchema,
  );
}
