import type { InvocationOutcome } from '../invocation/invocation.ts';
import { type Action, actionTypes, type OrchestratorState } from './action.ts';
import { childStart, newExecutionId, scheduledEvent } from './commandEvents.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import type { Instance } from './instance.ts';
import { readAnswer } from './orchestratorAnswer.ts';
import { timerLimits } from './orchestratorPayload.ts';
import {
  brokenTurn,
  endedTurn,
  failedTurn,
  failureText,
  turnBase,
  type TurnEntry,
  type TurnOptions,
  type TurnStart,
} from './turnEnd.ts';
import { type Command, mustAgree, Walk } from './walk.ts';
import { NonDeterminismError, UnsupportedActionError } from './walkNode.ts';

// 16 KB of UTF-16, the extension's limit.
const longestCustomStatus = 8 * 1024;

/**
 * Chooses what the next turn takes, undefined for nothing: a suspended instance waits until it is resumed or terminated.
 * The turn's instant is `nowMs`, or later where the history is ahead of a clock that was put back: time never goes back in
 * a history, because the library and the replay would then disagree on which timers are over.
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
    terminated === undefined ? inbox.findLastIndex(({ event }) => isChange(event)) : -1;
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

/** What a turn changes, as one journal entry: history, status, consumed messages, outgoing messages. */
export function endTurn(
  instance: Instance,
  start: TurnStart,
  outcome: InvocationOutcome,
  options: TurnOptions,
): TurnEntry {
  const answer = readAnswer(outcome);
  try {
    if (answer.ok) return settleTurn(instance, start, answer.state, options);
    // The extension walks the history without a single action then: where the history holds one, that is what the instance fails of.
    if (answer.thrown) new Walk([], timerLimits, false).run(instance.history, start.fresh);
    return failedTurn(instance, start, answer.message);
  } catch (error) {
    if (error instanceof NonDeterminismError) return brokenTurn(instance, start, error.message);
    if (error instanceof UnsupportedActionError) return failedTurn(instance, start, error.message);
    throw error;
  }
}

function settleTurn(
  instance: Instance,
  start: TurnStart,
  state: OrchestratorState,
  options: TurnOptions,
): TurnEntry {
  const { defaultVersion } = options;
  const { atMs } = start;
  const timestamp = new Date(atMs).toISOString();
  const walk = replay(instance, start, state, options);
  const commands = [...walk.pending.values()];
  const base = {
    ...turnBase(instance, start),
    customStatus: customStatusText(instance, state),
    cancelledTimers: timersOf(instance, start, commands).filter(
      (id) => !walk.open.has(id) && !instance.cancelledTimers.includes(id),
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
  const isSettled = walk.finished && walk.open.size === 0;
  if (isSettled && error === undefined && walk.continueAsNewInput !== undefined) {
    const next = {
      executionId: newExecutionId(),
      input: JSON.stringify(walk.continueAsNewInput.value ?? null),
      carriedOver: walk.carriedOver,
    };
    return { ...base, events: [], status, output: null, next };
  }
  if (isSettled && (error !== undefined || isDone)) {
    return endedTurn(instance, base, {
      events,
      status: error === undefined ? 'Completed' : 'Failed',
      output: JSON.stringify(error === undefined ? (output ?? null) : failureText(instance, error)),
      nextId: walk.nextId,
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

function replay(
  { history }: Instance,
  { fresh }: TurnStart,
  { actions: turns }: OrchestratorState,
  { maxOrchestrationActions }: TurnOptions,
): Walk {
  const actions = turns.flat();
  if (actions.length > maxOrchestrationActions) {
    throw new UnsupportedActionError(
      `the orchestrator asked for ${String(actions.length)} actions; maxOrchestrationActions is ${String(maxOrchestrationActions)}`,
    );
  }
  const walk = new Walk(actions, timerLimits, false);
  walk.run(history, fresh);
  if (!actions.some(hasWhenAll)) return walk;
  const library = new Walk(actions, timerLimits, true);
  library.run(history, fresh);
  mustAgree(walk, library);
  return walk;
}

/** Only where a `whenAll` is under way can the library go on before the host does. */
function hasWhenAll({ actionType, compoundActions = [] }: Action): boolean {
  return actionType === actionTypes.whenAll || compoundActions.some(hasWhenAll);
}

function customStatusText(instance: Instance, { customStatus }: OrchestratorState): string | null {
  if (customStatus === undefined || customStatus === null) return instance.customStatus;
  const text = JSON.stringify(customStatus);
  if (text.length > longestCustomStatus)
    throw new UnsupportedActionError(
      `the custom status is ${String(text.length)} characters of JSON; it may have ${String(longestCustomStatus)} (16 KB of UTF-16).`,
    );
  return text;
}

function isChange({ EventType }: HistoryEvent): boolean {
  return EventType === eventTypes.executionSuspended || EventType === eventTypes.executionResumed;
}

/** The reason of a suspension or a resumption stands in the place of the output until there is one. */
function reasonOf({ consumed }: TurnStart): string | undefined {
  return consumed.findLast(({ event }) => isChange(event))?.event.Reason;
}

function timersOf(
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
