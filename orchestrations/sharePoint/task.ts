import type { OrchestrationContext } from 'durable-functions';
import { inSight } from '../../shared/contracts/internal/batch.ts';
import {
  createSharePointTaskResultSchema,
  findSharePointTaskResultSchema,
  type SharePointTaskInput,
  sharePointTaskInputSchema,
  type TaskTurn,
  handleSharePointCommandsResultSchema,
  pollSharePointTaskResultSchema,
  takeQuotaResultSchema,
  validateSharePointTaskResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import { nextTaskPollSeconds, retrySeconds } from '../../shared/domain/cadence.ts';
import { call, type Steps, unexpected, wait, waitForWakeUp } from '../durable/steps.ts';
import { activities } from '../names.ts';

// Eight minutes: longer than anything takes to become visible, shorter than any move.
const pollsWhileUnknown = 5;

const shortestSeconds = 15;

/** `throttled`: nothing is asked before the wait is over, whatever command arrives. */
type Next =
  | { readonly state: SharePointTaskInput; readonly seconds: number; readonly throttled?: boolean }
  | 'ended';

/**
 * One SharePoint task, from its place in the queue to its record: wait for a place → look whether the source has a task →
 * create → watch. Or its validation alone. One look a generation, so that the history is as long after weeks as after a
 * minute; what happens is written down by the activities. Nothing but the outcome of the task ends it: after a fault it waits and goes on. Never
 * throws.
 */
export function* sharePointTask(
  context: OrchestrationContext,
): Steps<{ readonly ok: boolean } | undefined> {
  const state = sharePointTaskInputSchema.parse(context.df.getInput());
  try {
    const next = yield* step(context, state);
    if (next === 'ended') return { ok: true };
    if (next.seconds > 0)
      yield* next.throttled === true
        ? wait(context, next.seconds)
        : waitForWakeUp(context, next.seconds);
    // The next turn takes back what is shown of the error.
    continueWith(context, { ...next.state, faults: 0, recovered: state.faults > 0 });
    return undefined;
  } catch (error) {
    // Storage was out of reach for an hour, or the app has a fault: what Graph does goes on in any case.
    yield* unexpected(context, state, error);
    continueWith(context, { ...state, faults: state.faults + 1 });
    return undefined;
  }
}

/** The release before asks for two members that this one does not use. */
function continueWith(context: OrchestrationContext, state: SharePointTaskInput): void {
  context.df.continueAsNew({ ...state, missing: 0, unseenSinceMs: state.sight.unseenSinceMs });
}

function* step(context: OrchestrationContext, state: SharePointTaskInput): Steps<Next> {
  switch (state.stage) {
    case 'validate':
      return yield* validate(context, state);
    case 'queue':
      return yield* queue(context, state);
    case 'find':
      return yield* find(context, state);
    case 'create':
      return yield* create(context, state);
    case 'watch':
      return yield* watch(context, state);
  }
}

function* validate(context: OrchestrationContext, state: SharePointTaskInput): Steps<Next> {
  const { checkMapping, validate: withGraph } = state;
  const checked = yield* call(
    context,
    activities.validateSharePointTask,
    {
      ...turnOf(context, state),
      checkMapping,
      validate: withGraph,
      isLast: state.polls >= pollsWhileUnknown,
    },
    validateSharePointTaskResultSchema,
  );
  return checked.kind === 'retryAfter' ? later(context, state, checked.seconds) : 'ended';
}

function* queue(context: OrchestrationContext, state: SharePointTaskInput): Steps<Next> {
  const taken = yield* call(
    context,
    activities.takeQuota,
    turnOf(context, state),
    takeQuotaResultSchema,
  );
  switch (taken.kind) {
    case 'ended':
      return 'ended';
    case 'done':
      if (taken.graphTaskId !== null) return created(state, taken.graphTaskId);
      return {
        state: { ...state, stage: state.found ? 'create' : 'find', polls: 0, askedUntilMs: null },
        ...askedWait(context, state),
      };
    case 'commands':
      return yield* handle(context, state, secondsUntilNext(context, state, 'queued', null));
    case 'paused':
      // A pause or a freeze is no delay of Graph's, however long it lasts.
      return {
        state: { ...state, polls: state.polls + 1, delayedSinceMs: null },
        seconds: secondsUntilNext(context, state, 'queued', null),
      };
    case 'full':
      return {
        state: { ...state, polls: state.polls + 1 },
        seconds: secondsUntilNext(context, state, 'queued', null),
      };
  }
}

function* find(context: OrchestrationContext, state: SharePointTaskInput): Steps<Next> {
  // The release before believes a look-up that is the last one: it must never be.
  const found = yield* call(
    context,
    activities.findSharePointTask,
    { ...turnOf(context, state), isLast: false },
    findSharePointTaskResultSchema,
  );
  switch (found.kind) {
    case 'ended':
      return 'ended';
    case 'retryAfter':
      return later(context, state, found.seconds);
    case 'created':
      return created(state, found.graphTaskId);
    case 'full':
      return backInQueue(context, state, found);
    case 'ready':
      return {
        state: {
          ...state,
          stage: 'create',
          polls: 0,
          delayedSinceMs: null,
          found: true,
          beforeId: found.beforeId,
        },
        seconds: 0,
      };
  }
}

function* create(context: OrchestrationContext, state: SharePointTaskInput): Steps<Next> {
  const { beforeId, isCreateUnknown, sight } = state;
  const made = yield* call(
    context,
    activities.createSharePointTask,
    {
      ...turnOf(context, state),
      beforeId,
      isCreateUnknown,
      isLast: state.polls >= pollsWhileUnknown,
      sight,
    },
    createSharePointTaskResultSchema,
  );
  const seenState = { ...state, sight: inSight };
  switch (made.kind) {
    case 'ended':
      return 'ended';
    case 'created':
      return created(state, made.graphTaskId);
    case 'retryAfter':
      return later(context, seenState, made.seconds);
    case 'unknown':
      return later(context, { ...seenState, isCreateUnknown: true }, Math.max(15, made.seconds));
    case 'notSeen':
      return yield* outOfSight(context, { ...state, polls: state.polls + 1 }, made);
    case 'full':
      return backInQueue(context, { ...seenState, isCreateUnknown: false }, made);
    case 'frozen':
      return {
        state: { ...seenState, polls: state.polls + 1, isCreateUnknown: true },
        seconds: secondsUntilNext(context, state, 'queued', null),
      };
  }
}

function* watch(context: OrchestrationContext, state: SharePointTaskInput): Steps<Next> {
  const polls = state.polls + 1;
  const { graphTaskId, seen, sight, retriedBy } = state;
  const read = yield* call(
    context,
    activities.pollSharePointTask,
    { ...turnOf(context, state), graphTaskId: graphTaskId ?? '', seen, sight, retriedBy },
    pollSharePointTaskResultSchema,
  );
  switch (read.kind) {
    case 'ended':
      return 'ended';
    case 'notSeen':
      return yield* outOfSight(context, { ...state, polls }, read);
    case 'again':
      return {
        state: {
          ...state,
          stage: 'find',
          polls: 0,
          sight: inSight,
          found: false,
          beforeId: null,
          isCreateUnknown: false,
          graphTaskId: null,
          seen: null,
          retriedBy: read.retriedBy,
        },
        seconds: 0,
      };
    case 'on': {
      const next = { ...state, polls, seen: read.seen, sight: inSight };
      const seconds = secondsUntilNext(context, state, read.status, read.startMs);
      return read.commands ? yield* handle(context, next, seconds) : { state: next, seconds };
    }
  }
}

/** Polls on. A command is tried at every status check, whatever Graph shows, and after the wait that Graph has asked for. */
function* outOfSight(
  context: OrchestrationContext,
  state: SharePointTaskInput,
  {
    sight,
    seconds,
    throttled,
    commands,
  }: {
    readonly sight: SharePointTaskInput['sight'];
    readonly seconds: number;
    readonly throttled: boolean;
    readonly commands: boolean;
  },
): Steps<Next> {
  const next = { ...state, sight };
  if (!commands) return { state: next, seconds, throttled };
  if (throttled) yield* wait(context, seconds);
  const { migrationId, batchId } = state;
  const handled = yield* call(
    context,
    activities.handleSharePointCommands,
    { migrationId, batchId },
    handleSharePointCommandsResultSchema,
  );
  return {
    state: next,
    seconds: Math.max(throttled ? shortestSeconds : seconds, handled.askedSeconds),
    throttled: handled.askedSeconds > 0,
  };
}

/**
 * Obeys for the whole batch. Looks again at once when that is done, after `otherwise` seconds when a command could not be confirmed, and sooner when one has
 * no result yet. What Graph has asked for is waited for in any case.
 */
function* handle(
  context: OrchestrationContext,
  state: SharePointTaskInput,
  otherwise: number,
): Steps<Next> {
  const { migrationId, batchId } = state;
  const handled = yield* call(
    context,
    activities.handleSharePointCommands,
    { migrationId, batchId },
    handleSharePointCommandsResultSchema,
  );
  const next = { ...state, polls: state.polls + 1 };
  const { askedSeconds } = handled;
  const seconds =
    handled.kind === 'retryAfter'
      ? Math.min(handled.seconds, otherwise)
      : handled.unconfirmed
        ? otherwise
        : 0;
  return { state: next, seconds: Math.max(seconds, askedSeconds), throttled: askedSeconds > 0 };
}

function created(state: SharePointTaskInput, graphTaskId: string): Next {
  return {
    state: {
      ...state,
      stage: 'watch',
      polls: 0,
      delayedSinceMs: null,
      sight: inSight,
      graphTaskId,
      seen: null,
    },
    seconds: 0,
  };
}

/** What others move is no fault of the task: it waits as long as it takes, and hears what is asked meanwhile. */
function backInQueue(
  context: OrchestrationContext,
  state: SharePointTaskInput,
  {
    seconds,
    commands,
    isHeld,
  }: { readonly seconds: number; readonly commands: boolean; readonly isHeld: boolean },
): Next {
  const nowMs = context.df.currentUtcDateTime.getTime();
  const next: SharePointTaskInput = {
    ...state,
    stage: 'queue',
    polls: 0,
    delayedSinceMs: isHeld ? null : (state.delayedSinceMs ?? nowMs),
    askedUntilMs: seconds > 0 ? nowMs + seconds * 1_000 : null,
  };
  return {
    state: next,
    seconds: commands ? 0 : Math.max(seconds, secondsUntilNext(context, state, 'queued', null)),
  };
}

/** The same once more, however often: what Graph puts off or refuses for now is no verdict. */
function later(context: OrchestrationContext, state: SharePointTaskInput, seconds: number): Next {
  const polls = state.polls + 1;
  return {
    state: {
      ...state,
      polls,
      delayedSinceMs: state.delayedSinceMs ?? context.df.currentUtcDateTime.getTime(),
    },
    seconds: retrySeconds(polls, seconds),
    throttled: seconds > 0,
  };
}

/** What is left of the wait that Graph has asked for. */
function askedWait(
  context: OrchestrationContext,
  { askedUntilMs }: SharePointTaskInput,
): { readonly seconds: number; readonly throttled: boolean } {
  const seconds = Math.max(
    0,
    ((askedUntilMs ?? 0) - context.df.currentUtcDateTime.getTime()) / 1_000,
  );
  return { seconds, throttled: seconds > 0 };
}

function secondsUntilNext(
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

function turnOf(
  context: OrchestrationContext,
  { migrationId, batchId, taskId, run, restarts, delayedSinceMs, recovered }: SharePointTaskInput,
): TaskTurn {
  return {
    migrationId,
    batchId,
    taskId,
    run,
    restarts,
    delayedSinceMs,
    recovered,
    waiterId: context.df.instanceId,
  };
}
