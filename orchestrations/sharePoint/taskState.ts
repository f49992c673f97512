import type { OrchestrationContext } from 'durable-functions';
import { inSight } from '../../shared/contracts/internal/batch.ts';
import type { SharePointTaskInput, TaskTurn } from '../../shared/contracts/internal/sharePoint.ts';
import { nextTaskPollSeconds, retrySeconds } from '../../shared/domain/polling.ts';

/**
 * The next state of a task and the wait before it. `throttled`: nothing is sent before the wait is
 * over, even if a command arrives.
 */
export type Next =
  | { readonly state: SharePointTaskInput; readonly seconds: number; readonly throttled?: boolean }
  | 'ended';

/** Returns the state that watches a created task. */
export function created(state: SharePointTaskInput, graphTaskId: string): Next {
  return {
    state: {
      ...state,
      stage: 'watch',
      polls: 0,
      delayedSinceMs: null,
      refusedSinceMs: null,
      sight: inSight,
      graphTaskId,
      seen: null,
    },
    seconds: 0,
  };
}

/**
 * Returns to the queue. A full queue is no fault of the task: it waits as long as needed and
 * handles commands meanwhile.
 */
export function returnToQueue(
  context: OrchestrationContext,
  state: SharePointTaskInput,
  {
    seconds,
    commands,
    isHeld,
    isRefused,
  }: {
    readonly seconds: number;
    readonly commands: boolean;
    readonly isHeld: boolean;
    readonly isRefused: boolean;
  },
): Next {
  const nowMs = context.df.currentUtcDateTime.getTime();
  const next: SharePointTaskInput = {
    ...state,
    stage: 'queue',
    polls: 0,
    delayedSinceMs: isHeld ? null : (state.delayedSinceMs ?? nowMs),
    refusedSinceMs: isRefused && !isHeld ? (state.refusedSinceMs ?? nowMs) : null,
    askedUntilMs: seconds > 0 ? nowMs + seconds * 1_000 : null,
  };
  return {
    state: next,
    seconds: commands ? 0 : Math.max(seconds, secondsUntilNext(context, state, 'queued', null)),
  };
}

/**
 * Repeats the current stage later, without limit: a refusal or postponement by Graph is not a
 * verdict. `isRefused`: Graph refused the look-up of the source.
 */
export function retryLater(
  context: OrchestrationContext,
  state: SharePointTaskInput,
  seconds: number,
  isRefused = false,
): Next {
  const polls = state.polls + 1;
  const nowMs = context.df.currentUtcDateTime.getTime();
  return {
    state: {
      ...state,
      polls,
      delayedSinceMs: state.delayedSinceMs ?? nowMs,
      refusedSinceMs: isRefused ? (state.refusedSinceMs ?? nowMs) : null,
    },
    seconds: retrySeconds(polls, seconds),
    throttled: seconds > 0,
  };
}

/** Returns the rest of the wait that Graph asked for. */
export function askedWait(
  context: OrchestrationContext,
  { askedUntilMs }: SharePointTaskInput,
): { readonly seconds: number; readonly throttled: boolean } {
  const seconds = Math.max(
    0,
    ((askedUntilMs ?? 0) - context.df.currentUtcDateTime.getTime()) / 1_000,
  );
  return { seconds, throttled: seconds > 0 };
}

/** Returns the seconds until the next poll. */
export function secondsUntilNext(
  context: OrchestrationContext,
  { polls }: SharePointTaskInput,
  status: string,
  startMs: number | null,
): number {
  return nextTaskPollSeconds({
    status,
    polls,
    startMs,
    nowMs: context.df.currentUtcDateTime.getTime(),
    instanceId: context.df.instanceId,
  });
}

/** Returns what every activity of the task receives about this orchestration. */
export function turnOf(context: OrchestrationContext, state: SharePointTaskInput): TaskTurn {
  const { migrationId, batchId, taskId, run, restarts } = state;
  const { delayedSinceMs, refusedSinceMs, recovered } = state;
  return {
    migrationId,
    batchId,
    taskId,
    run,
    restarts,
    delayedSinceMs,
    refusedSinceMs,
    recovered,
    waiterId: context.df.instanceId,
  };
}
