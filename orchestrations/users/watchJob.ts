import type { OrchestrationContext } from 'durable-functions';
import {
  inSight,
  type JobRef,
  pollJobResultSchema,
  recordTasksResultSchema,
} from '../../shared/contracts/internal/activities.ts';
import {
  type WatchInput,
  watchInputSchema,
  type WatchResult,
  watchResultSchema,
} from '../../shared/contracts/internal/orchestrations.ts';
import { nextCheckSeconds } from '../../shared/domain/cadence.ts';
import { watchInstanceId } from '../../shared/domain/ids.ts';
import { endsWatch, type WatchGoal } from '../../shared/domain/lifecycle.ts';
import { notSeen } from '../../shared/domain/sight.ts';
import { handleCommands } from '../commands/handleCommands.ts';
import {
  call,
  clearUnexpectedError,
  backoffSeconds,
  StepFailure,
  type Steps,
  Superseded,
  noteUnexpectedError,
  wait,
  waitForWakeUp,
} from '../durable/steps.ts';
import { activities, orchestrators } from '../names.ts';
import { recordUnknown } from './recordOutcomes.ts';

/** What a status check has come to: the end of the watch, or the state and the wait before the next one. `throttled`: Graph has asked to wait. */
type Checked =
  | WatchResult
  | { readonly state: WatchInput; readonly seconds: number; readonly throttled: boolean };

/**
 * Checks a job once, carries out commands, waits on a durable timer and continues as new: the history of a watch is as long after weeks as
 * after a minute. Ends with the job's status when the goal is reached or cannot be reached any more. A job that Graph does not show is
 * looked for until 30 days after its cutover date.
 */
export function* watch(context: OrchestrationContext): Steps<WatchResult | undefined> {
  const state = watchInputSchema.parse(context.df.getInput());
  try {
    if (state.askedSeconds > 0) yield* wait(context, state.askedSeconds);
    const next = yield* check(context, state);
    // What the batch itself has met before this watch is over only when there is something to wait for: the next step may be the one that fails.
    if (state.isTroubled && (state.checks > 0 || !('ok' in next)))
      yield* clearUnexpectedError(context, state);
    if ('ok' in next) return next;
    // Inside the time that Graph has asked for nothing is asked of it, whatever command arrives.
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
  // What could not be confirmed is tried before the next step: it may be what that step has to heed.
  const isOwed = read.unconfirmed && goal !== 'cancelled' && !endsWatch('migrated', status);
  if (isReached && !isOwed) return { ok: true, status, restarts: false };

  let { statusHash } = state;
  let askedSeconds = 0;
  if (
    goal === 'migrated' &&
    (status !== state.status || status === 'cuttingOver' || state.checks % 5 === 0)
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
  // A job that is being cancelled is past everything that can be asked of it.
  if (read.commands && goal !== 'cancelled') {
    const { waitSeconds, isAsked } = yield* handleCommands(context, state, state, {
      status,
      isSeen: true,
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

/** What follows from a check that did not show the job. */
function* checkUnseen(
  context: OrchestrationContext,
  state: WatchInput,
  read: {
    readonly seconds: number;
    readonly absent: boolean;
    readonly deleted: boolean;
    readonly retry: boolean;
    readonly completeAfterMs: number | null;
    readonly status: string | null;
    readonly commands: boolean;
  },
): Steps<Checked> {
  const { goal, jobId } = state;
  const nowMs = context.df.currentUtcDateTime.getTime();
  // A command may have moved the date meanwhile.
  const completeAfterMs = Math.max(state.completeAfterMs ?? 0, read.completeAfterMs ?? 0);
  const next = notSeen(state.sight, {
    nowMs,
    askedSeconds: read.seconds,
    isAbsent: read.absent,
    completeAfterMs: completeAfterMs === 0 ? null : completeAfterMs,
  });
  const isGone = next.isGone || read.deleted;
  // Whoever only wants the job to have let go of its users has that.
  if (isGone && goal === 'cancelled') return { ok: true, status: 'gone', restarts: false };
  if (isGone && read.retry) return { ok: true, status: 'gone', restarts: true };
  if (next.isToReport || (read.deleted && !state.sight.isReported))
    yield* recordUnknown(context, state, jobId, next.sight.unseenSinceMs ?? nowMs, isGone);
  if (read.deleted) return { ok: true, status: 'gone', restarts: false };
  if (next.isOver) return { ok: true, status: isGone ? 'gone' : 'outOfSight', restarts: false };
  const handled =
    read.commands && goal !== 'cancelled'
      ? yield* handleCommands(context, state, state, {
          status: read.status ?? state.status,
          isSeen: false,
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
 * Watches a job in an orchestration of its own until the goal, or until Graph shows it at all. `ordinal` is unique in the batch; `isTroubled`: the row may
 * say that an error keeps the batch from going on. `askedSeconds`: Graph has asked to wait so long before the first read.
 */
export function* watchUntil(
  context: OrchestrationContext,
  job: JobRef,
  {
    goal,
    ordinal,
    untilSeen,
    isTroubled,
    askedSeconds,
  }: {
    readonly goal: WatchGoal;
    readonly ordinal: number;
    readonly untilSeen: boolean;
    readonly isTroubled: boolean;
    readonly askedSeconds: number;
  },
): Steps<{ readonly status: string; readonly restarts: boolean }> {
  const input: WatchInput = {
    ...job,
    goal,
    untilSeen,
    checks: 0,
    status: null,
    need: null,
    statusHash: null,
    completeAfterMs: null,
    sight: inSight,
    commandTries: 0,
    isTroubled,
    askedSeconds,
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
