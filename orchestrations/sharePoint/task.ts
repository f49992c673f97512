import type { OrchestrationContext } from 'durable-functions';
import { inSight } from '../../shared/contracts/internal/batch.ts';
import {
  createSharePointTaskResultSchema,
  type SharePointTaskInput,
  sharePointTaskInputSchema,
  handleSharePointCommandsResultSchema,
  pollSharePointTaskResultSchema,
  takeQuotaResultSchema,
  validateSharePointTaskResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import { sharePointPolicy } from '../../shared/domain/policies.ts';
import { call, type Steps, noteUnexpectedError, wait, waitForWakeUp } from '../durable/steps.ts';
import { activities } from '../names.ts';
import {
  askedWait,
  returnToQueue,
  created,
  type Next,
  retryLater,
  secondsUntilNext,
  turnOf,
} from './taskState.ts';

/**
 * Runs one SharePoint task: take quota → create → watch. With stage
 * `validate`, only validates it. Each generation does one step, so the history does not grow over
 * weeks; the activities record what happens. Only the outcome of the task ends the orchestration:
 * after an error it waits and continues. Never throws.
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
    // `recovered` makes the next turn clear the note of the error.
    context.df.continueAsNew({ ...next.state, faults: 0, recovered: state.faults > 0 });
    return undefined;
  } catch (error) {
    // Storage was unreachable for an hour, or the app has a fault. The task continues in Graph, so
    // it is watched on.
    yield* noteUnexpectedError(context, state, error);
    context.df.continueAsNew({ ...state, faults: state.faults + 1 });
    return undefined;
  }
}

function* step(context: OrchestrationContext, state: SharePointTaskInput): Steps<Next> {
  switch (state.stage) {
    case 'validate':
      return yield* validate(context, state);
    case 'queue':
      return yield* queue(context, state);
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
      isLast: state.polls >= sharePointPolicy.maxPollsWhileUnknown,
    },
    validateSharePointTaskResultSchema,
  );
  return checked.kind === 'retryAfter' ? retryLater(context, state, checked.seconds) : 'ended';
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
        state: { ...state, stage: 'create', polls: 0, askedUntilMs: null },
        ...askedWait(context, state),
      };
    case 'commands':
      return yield* handle(context, state, secondsUntilNext(context, state, 'queued', null));
    case 'paused':
      // The time of a pause or a freeze does not count as a delay by Graph.
      return {
        state: { ...state, polls: state.polls + 1, delayedSinceMs: null, refusedSinceMs: null },
        seconds: secondsUntilNext(context, state, 'queued', null),
      };
    case 'full':
      return {
        state: { ...state, polls: state.polls + 1 },
        seconds: secondsUntilNext(context, state, 'queued', null),
      };
  }
}

function* create(context: OrchestrationContext, state: SharePointTaskInput): Steps<Next> {
  const { sight, lookedUpAtMs } = state;
  const made = yield* call(
    context,
    activities.createSharePointTask,
    { ...turnOf(context, state), sight, lookedUpAtMs },
    createSharePointTaskResultSchema,
  );
  switch (made.kind) {
    case 'ended':
      return 'ended';
    case 'created':
      return created(state, made.graphTaskId);
    case 'retryAfter':
      return retryLater(
        context,
        withSight(context, state, made.sight),
        made.seconds,
        made.isRefused,
      );
    case 'notSeen':
      return yield* outOfSight(
        context,
        { ...withSight(context, state, made.sight), polls: state.polls + 1 },
        made,
      );
    case 'full':
      return returnToQueue(context, withSight(context, state, inSight), made);
  }
}

/** Returns the state after a look-up of the source: since when it has found no task. */
function withSight(
  context: OrchestrationContext,
  state: SharePointTaskInput,
  sight: SharePointTaskInput['sight'],
): SharePointTaskInput {
  const lookedUpAtMs =
    sight.absentSinceMs === null ? null : context.df.currentUtcDateTime.getTime();
  return { ...state, sight, lookedUpAtMs };
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
          stage: 'create',
          polls: 0,
          sight: inSight,
          lookedUpAtMs: null,
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

/**
 * Continues polling. Commands are tried at every status check, even while Graph does not show the
 * task, but not before a wait that Graph asked for is over.
 */
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
    seconds: Math.max(
      throttled ? sharePointPolicy.seenAgainSeconds : seconds,
      handled.askedSeconds,
    ),
    throttled: handled.askedSeconds > 0,
  };
}

/**
 * Handles the commands of the whole batch. The next poll is immediate, except that an unconfirmed
 * command waits `otherwise` seconds, a command without a result waits less, and a wait that Graph
 * asked for always applies.
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
