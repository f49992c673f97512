import type { InvocationOutcome } from '../invocation/invocation.ts';
import { type Action, actionTypes, type OrchestratorState } from './action.ts';
import { ActionReplay, NonDeterminismError } from './actionReplay.ts';
import {
  childStart,
  type Command,
  newExecutionId,
  scheduledEvent,
  UnsupportedActionError,
} from './command.ts';
import type { DurableSettings } from './durableSettings.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import type { Instance } from './instance.ts';
import { type OrchestratorResult, readOrchestratorResult } from './orchestratorResult.ts';
import {
  entryOf,
  failedTurn,
  failureText,
  finalTurn,
  nonDeterministicTurn,
  type TurnEntry,
  type TurnStart,
} from './turnEntry.ts';

// 16 KB of UTF-16, the extension's limit.
const maxCustomStatusLength = 8 * 1024;

type ReadableResult = Extract<OrchestratorResult, { readonly ok: true }>;

/** The settings of host.json that decide how a turn ends. */
type TurnSettings = Pick<DurableSettings, 'defaultVersion' | 'maxOrchestrationActions'>;

/**
 * Selects the messages of the next turn; undefined when there is no turn. A suspended instance has
 * none until it is resumed or terminated. The instant of the turn is `nowMs`, or later when the
 * history is ahead of a clock that was set back. Time never goes back in a history: the library and
 * the replay would then disagree about which timers have fired.
 */
export function startTurn(instance: Instance, nowMs: number): TurnStart | undefined {
  const { inbox } = instance;
  if (inbox.length === 0) return undefined;
  const terminated = inbox.find(
    ({ event }) => event.EventType === eventTypes.executionTerminated,
  )?.event;
  const resumes = inbox.some(({ event }) => event.EventType === eventTypes.executionResumed);
  if (terminated === undefined && instance.status === 'Suspended' && !resumes) return undefined;
  const lastChange =
    terminated === undefined ? inbox.findLastIndex(({ event }) => changesSuspension(event)) : -1;
  const suspends = inbox[lastChange]?.event.EventType === eventTypes.executionSuspended;
  const consumed = suspends ? inbox.slice(0, lastChange + 1) : inbox;
  const events = consumed.map(({ event }) => event);
  const atMs = [...instance.history.slice(-1), ...events].reduce(
    (latestMs, { Timestamp }) => Math.max(latestMs, Date.parse(Timestamp)),
    nowMs,
  );
  return {
    consumed,
    atMs,
    fresh: [
      {
        EventType: eventTypes.orchestratorStarted,
        EventId: -1,
        Timestamp: new Date(atMs).toISOString(),
      },
      ...events,
    ],
    suspends,
    ...(terminated === undefined ? {} : { terminated }),
  };
}

/**
 * Returns the journal entry of a turn: changes of history and status, consumed messages, outgoing
 * messages.
 */
export function endTurn(
  instance: Instance,
  start: TurnStart,
  outcome: InvocationOutcome,
  settings: TurnSettings,
): TurnEntry {
  const result = readOrchestratorResult(outcome);
  try {
    if (result.ok) return completeTurn(instance, start, result, settings);
    // The extension then replays the history without any action. The instance fails at the first
    // one in the history.
    if (result.thrown) new ActionReplay([]).run(instance.history, start.fresh);
    return failedTurn(instance, start, result.message);
  } catch (error) {
    if (error instanceof NonDeterminismError)
      return nonDeterministicTurn(instance, start, error.message);
    if (error instanceof UnsupportedActionError) return failedTurn(instance, start, error.message);
    throw error;
  }
}

function completeTurn(
  instance: Instance,
  start: TurnStart,
  result: ReadableResult,
  settings: TurnSettings,
): TurnEntry {
  const { state } = result;
  const { defaultVersion } = settings;
  const { atMs } = start;
  const timestamp = new Date(atMs).toISOString();
  const replay = replayActions(instance, start, result, settings);
  const commands = [...replay.pending.values()];
  const base = {
    ...entryOf(instance, start),
    customStatus: customStatusText(instance, state),
    cancelledTimers: openTimers(instance, start, commands).filter(
      (id) => !replay.open.has(id) && !instance.cancelledTimers.includes(id),
    ),
    outgoing: commands.flatMap((command) =>
      command.kind === 'child' ? [childStart(command, instance, atMs, defaultVersion)] : [],
    ),
  };
  const events = [
    ...start.fresh,
    ...commands.map((command) => scheduledEvent(command, instance, timestamp, defaultVersion)),
  ];
  const status = start.suspends ? 'Suspended' : 'Running';
  const { error, isDone, output, failureDetails } = state;
  const isFinished = replay.finished && replay.open.size === 0;
  if (isFinished && error === undefined && replay.continueAsNewInput !== undefined) {
    const next = {
      executionId: newExecutionId(),
      input: JSON.stringify(replay.continueAsNewInput.value ?? null),
      carriedOver: replay.carriedOver,
    };
    return { ...base, events: [], status, output: null, next };
  }
  if (isFinished && (error !== undefined || isDone)) {
    return finalTurn(instance, base, {
      events,
      status: error === undefined ? 'Completed' : 'Failed',
      output: JSON.stringify(error === undefined ? (output ?? null) : failureText(instance, error)),
      nextId: replay.nextId,
      atMs,
      ...(failureDetails === undefined || failureDetails === null ? {} : { failureDetails }),
    });
  }
  const completed: HistoryEvent = {
    EventType: eventTypes.orchestratorCompleted,
    EventId: -1,
    Timestamp: timestamp,
  };
  return {
    ...base,
    events: [...events, completed],
    status,
    output: reasonOf(start) ?? instance.output,
  };
}

function replayActions(
  { history }: Instance,
  { fresh }: TurnStart,
  { state, repeats }: ReadableResult,
  { maxOrchestrationActions }: TurnSettings,
): ActionReplay {
  const actions = state.actions.flat();
  if (actions.length > maxOrchestrationActions) {
    throw new UnsupportedActionError(
      `the orchestrator asked for ${String(actions.length)} actions; maxOrchestrationActions is ${String(maxOrchestrationActions)}`,
    );
  }
  const replay = new ActionReplay(actions);
  replay.run(history, fresh);
  if (repeats.size === 0 && !actions.some(hasWhenAll)) return replay;
  const library = new ActionReplay(actions, { repeats });
  library.run(history, fresh);
  replay.requireSameIds(library);
  return replay;
}

/**
 * Returns whether an action contains `whenAll`. Only there, and with repeated tasks, can the library
 * continue before the host does.
 */
function hasWhenAll({ actionType, compoundActions = [] }: Action): boolean {
  return actionType === actionTypes.whenAll || compoundActions.some(hasWhenAll);
}

function customStatusText(instance: Instance, { customStatus }: OrchestratorState): string | null {
  if (customStatus === undefined || customStatus === null) return instance.customStatus;
  const text = JSON.stringify(customStatus);
  if (text.length > maxCustomStatusLength)
    throw new UnsupportedActionError(
      `the custom status is ${String(text.length)} characters of JSON; it may have ${String(maxCustomStatusLength)} (16 KB of UTF-16).`,
    );
  return text;
}

function changesSuspension({ EventType }: HistoryEvent): boolean {
  return EventType === eventTypes.executionSuspended || EventType === eventTypes.executionResumed;
}

/**
 * Returns the reason of the last suspension or resumption. The status shows it as output until the
 * instance has one.
 */
function reasonOf({ consumed }: TurnStart): string | undefined {
  return consumed.findLast(({ event }) => changesSuspension(event))?.event.Reason;
}

function openTimers(
  instance: Instance,
  { fresh }: TurnStart,
  commands: readonly Command[],
): number[] {
  const fired = new Set(
    [...instance.history, ...fresh]
      .filter(({ EventType }) => EventType === eventTypes.timerFired)
      .map(({ TimerId }) => TimerId),
  );
  const created = instance.history.filter(
    ({ EventType, EventId }) => EventType === eventTypes.timerCreated && !fired.has(EventId),
  );
  return [
    ...created.map(({ EventId }) => EventId),
    ...commands.filter(({ kind }) => kind === 'timer').map(({ id }) => id),
  ];
}
