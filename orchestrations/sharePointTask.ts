import type { OrchestrationContext } from 'durable-functions';
import {
  createMoveResultSchema,
  findMoveResultSchema,
  moveDoneSchema,
  type MoveInput,
  moveInputSchema,
  obeyMovesResultSchema,
  readMoveResultSchema,
  takeSlotResultSchema,
  validateMoveResultSchema,
} from '../shared/contracts/sharePointActivities.ts';
import { nextMoveSeconds } from '../shared/domain/moveCadence.ts';
import { maxUnseenDays, unseen } from '../shared/domain/unseen.ts';
import { activities } from './names.ts';
import { call, patience, reasonOf, StepFailure, type Steps, wait, waitForBell } from './steps.ts';

const maxTries = 60;
const maxFaults = 100;
const unreachableSeconds = 300;
// A task that was just created may not be visible everywhere for a minute.
const maxMissing = 5;
// Eight minutes: longer than anything takes to become visible, shorter than any move.
const looksInDoubt = 5;

type Next = { readonly state: MoveInput; readonly seconds: number } | 'ended';

/**
 * One SharePoint task, from its place in the queue to its record: wait for a place → look whether the source has a task →
 * create → watch. Or its validation alone. One look a generation, so that the history is as long after weeks as after a
 * minute; what happens is written down by the activities. Never throws.
 */
export function* sharePointTask(context: OrchestrationContext): Steps<{ readonly ok: boolean } | undefined> {
  const state = moveInputSchema.parse(context.df.getInput());
  try {
    const next = yield* step(context, state);
    if (next === 'ended') return { ok: true };
    if (next.seconds > 0) yield* waitForBell(context, next.seconds);
    context.df.continueAsNew({ ...next.state, faults: 0 });
    return undefined;
  } catch (error) {
    const isFinal = error instanceof StepFailure || state.faults >= maxFaults;
    if (isFinal) return { ok: yield* fail(context, state, reasonOf(error)) };
    // Storage was out of reach for an hour, or Graph is closed to us: what Graph does goes on in any case.
    yield* wait(context, unreachableSeconds);
    context.df.continueAsNew({ ...state, faults: state.faults + 1 });
    return undefined;
  }
}

function* step(context: OrchestrationContext, state: MoveInput): Steps<Next> {
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

function* validate(context: OrchestrationContext, state: MoveInput): Steps<Next> {
  const { checkMapping, validate: withGraph } = state;
  const checked = yield* call(context, activities.validateMove, { ...refOf(state), checkMapping, validate: withGraph }, validateMoveResultSchema);
  return checked.kind === 'retryAfter' ? later(state, checked.seconds, 'the validation was not answered') : 'ended';
}

function* queue(context: OrchestrationContext, state: MoveInput): Steps<Next> {
  const taken = yield* call(context, activities.takeSlot, { ...refOf(state), waiterId: context.df.instanceId }, takeSlotResultSchema);
  switch (taken.kind) {
    case 'ended':
      return 'ended';
    case 'done':
      return { state: { ...state, stage: state.found ? 'create' : 'find', looks: 0 }, seconds: 0 };
    case 'commands':
      return yield* obey(context, state);
    case 'full':
    case 'paused':
      return { state: { ...state, looks: state.looks + 1 }, seconds: secondsUntilNext(context, state, 'queued', null) };
  }
}

function* find(context: OrchestrationContext, state: MoveInput): Steps<Next> {
  const found = yield* call(context, activities.findMove, { ...refOf(state), isLast: state.looks >= looksInDoubt }, findMoveResultSchema);
  switch (found.kind) {
    case 'ended':
      return 'ended';
    case 'retryAfter':
      return later(state, found.seconds, 'the source could not be looked up');
    case 'created':
      return created(state, found.graphTaskId);
    case 'ready':
      return { state: { ...state, stage: 'create', looks: 0, found: true, beforeId: found.beforeId }, seconds: 0 };
  }
}

function* create(context: OrchestrationContext, state: MoveInput): Steps<Next> {
  const made = yield* call(context, activities.createMove, { ...refOf(state), beforeId: state.beforeId, doubtful: state.doubtful, isLast: state.looks >= looksInDoubt }, createMoveResultSchema);
  switch (made.kind) {
    case 'ended':
      return 'ended';
    case 'created':
      return created(state, made.graphTaskId);
    case 'retryAfter':
      return later(state, made.seconds, 'the task could not be created');
    case 'doubtful':
      return later({ ...state, doubtful: true }, Math.max(15, made.seconds), 'nobody knows whether the task was created');
    case 'full':
      // What others move is no fault of the task: it waits as long as it takes, and hears what is asked meanwhile.
      return { state: { ...state, stage: 'queue', looks: 0 }, seconds: Math.max(made.seconds, secondsUntilNext(context, state, 'queued', null)) };
  }
}

function* watch(context: OrchestrationContext, state: MoveInput): Steps<Next> {
  const looks = state.looks + 1;
  const read = yield* call(context, activities.readMove, { ...refOf(state), graphTaskId: state.graphTaskId ?? '', seen: state.seen, waiterId: context.df.instanceId }, readMoveResultSchema);
  switch (read.kind) {
    case 'ended':
      return 'ended';
    case 'retryAfter':
      return outOfSight(context, { ...state, looks }, read);
    case 'rejected':
      // A permission may be missing for a while: the move goes on meanwhile, so this is borne like storage out of reach.
      throw new Error(`Graph refused to show the task: ${read.reason}`);
    case 'notFound':
      if (state.missing >= maxMissing) throw new StepFailure(`Graph does not know the task any more: ${read.reason}`);
      return { state: { ...state, looks, missing: state.missing + 1 }, seconds: patience(state.missing + 1, 15) };
    case 'on':
      if (read.commands) return yield* obey(context, { ...state, seen: read.seen, missing: 0, unseenSinceMs: null });
      return { state: { ...state, looks, seen: read.seen, missing: 0, unseenSinceMs: null }, seconds: secondsUntilNext(context, state, read.status, read.startMs) };
  }
}

/** Obeys for the whole batch; looks again at once when that is done. */
function* obey(context: OrchestrationContext, state: MoveInput): Steps<Next> {
  const { migrationId, batchId } = state;
  const obeyed = yield* call(context, activities.obeyMoves, { migrationId, batchId }, obeyMovesResultSchema);
  return { state: { ...state, looks: state.looks + 1 }, seconds: obeyed.kind === 'done' ? 0 : Math.max(15, obeyed.seconds) };
}

function outOfSight(context: OrchestrationContext, state: MoveInput, { seconds: askedSeconds, reason }: { readonly seconds: number; readonly reason: string }): Next {
  const { sinceMs, seconds, isTooLong } = unseen(state.unseenSinceMs, context.df.currentUtcDateTime.getTime(), askedSeconds);
  if (isTooLong) throw new StepFailure(`Graph has not shown the task for ${String(maxUnseenDays)} days: ${reason}`);
  return { state: { ...state, unseenSinceMs: sinceMs }, seconds };
}

function created(state: MoveInput, graphTaskId: string): Next {
  return { state: { ...state, stage: 'watch', looks: 0, graphTaskId, seen: null }, seconds: 0 };
}

/** The same once more, as long as there is hope. */
function later(state: MoveInput, seconds: number, what: string): Next {
  const looks = state.looks + 1;
  if (looks >= maxTries) throw new StepFailure(`${what} in ${String(maxTries)} tries`);
  return { state: { ...state, looks }, seconds: patience(looks, seconds) };
}

function secondsUntilNext(context: OrchestrationContext, { looks }: MoveInput, status: string, startMs: number | null): number {
  return nextMoveSeconds({ status, looks, startMs, nowMs: context.df.currentUtcDateTime.getTime(), instanceId: context.df.instanceId });
}

function* fail(context: OrchestrationContext, state: MoveInput, reason: string): Steps<boolean> {
  try {
    yield* call(context, activities.failMove, { ...refOf(state), reason }, moveDoneSchema);
    return true;
  } catch {
    // The end of the batch gives an outcome to whoever has none.
    return false;
  }
}

function refOf({ migrationId, batchId, taskId }: MoveInput): Pick<MoveInput, 'migrationId' | 'batchId' | 'taskId'> {
  return { migrationId, batchId, taskId };
}
