import { orchestrationDetails } from './dotNetFailure.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import type { Entry, Instance, Message, Outgoing, RuntimeStatus } from './instance.ts';

/** The journal entry of a turn. */
export type TurnEntry = Extract<Entry, { t: 'turn' }>;

/** The messages that a turn consumes, as events of the turn. */
export interface TurnStart {
  readonly consumed: readonly Message[];
  /** The instant of the turn. */
  readonly atMs: number;
  readonly fresh: readonly HistoryEvent[];
  readonly terminated?: HistoryEvent;
  readonly suspends: boolean;
}

type TurnBase = Omit<TurnEntry, 'events' | 'status' | 'output'>;

/** Returns the members that the entries of all turns have. */
export function entryOf(instance: Instance, { consumed, atMs }: TurnStart): TurnBase {
  const { instanceId, executionId, customStatus } = instance;
  return {
    t: 'turn',
    instanceId,
    executionId,
    consumed: consumed.map(({ seq }) => seq),
    atMs,
    customStatus,
    cancelledTimers: [],
    outgoing: [],
  };
}

/** Returns the last turn of an instance that a caller has terminated. */
export function terminatedTurn(instance: Instance, start: TurnStart, reason: string): TurnEntry {
  return finalTurn(instance, entryOf(instance, start), {
    events: start.fresh,
    status: 'Terminated',
    output: reason,
    nextId: -1,
    atMs: start.atMs,
  });
}

/**
 * Returns the last turn of an instance whose orchestrator threw without a state or requested
 * something that is not allowed.
 */
export function failedTurn(instance: Instance, start: TurnStart, message: string): TurnEntry {
  return nonDeterministicTurn(instance, start, failureText(instance, message));
}

/**
 * Returns the last turn of an instance that did not repeat its history. The extension shows the
 * reason without a prefix.
 */
export function nonDeterministicTurn(
  instance: Instance,
  start: TurnStart,
  reason: string,
): TurnEntry {
  const output = JSON.stringify(reason);
  return finalTurn(instance, entryOf(instance, start), {
    events: start.fresh,
    status: 'Failed',
    output,
    nextId: -1,
    atMs: start.atMs,
  });
}

/** The end of an instance. `output` is JSON text, except for the reason of a termination. */
interface Ending {
  /** The events that the turn adds to the history before the end. */
  readonly events: readonly HistoryEvent[];
  readonly status: Extract<RuntimeStatus, 'Completed' | 'Failed' | 'Terminated'>;
  readonly output: string;
  readonly nextId: number;
  readonly atMs: number;
  readonly failureDetails?: object;
}

/** Returns the last turn of an instance, with the message to its parent. */
export function finalTurn({ parent }: Instance, base: TurnBase, ending: Ending): TurnEntry {
  const { events, status, output, nextId, atMs, failureDetails } = ending;
  const Timestamp = new Date(atMs).toISOString();
  const toParent: Outgoing[] =
    parent === null
      ? []
      : [
          {
            kind: 'event',
            to: parent.instanceId,
            executionId: parent.executionId,
            event: childEnd(parent.taskScheduledId, ending, Timestamp),
          },
        ];
  return {
    ...base,
    events: [
      ...events,
      {
        EventType: eventTypes.executionCompleted,
        EventId: nextId,
        Timestamp,
        OrchestrationStatus: status,
        Result: output,
        ...(failureDetails === undefined ? {} : { FailureDetails: failureDetails }),
      },
      { EventType: eventTypes.orchestratorCompleted, EventId: -1, Timestamp },
    ],
    status,
    output,
    outgoing: [...base.outgoing, ...toParent],
  };
}

/** Returns the error text of a failed instance, which its status and its parent show. */
export function failureText({ name }: Instance, message: string): string {
  return `Orchestrator function '${name}' failed: ${message}`;
}

function childEnd(
  TaskScheduledId: number,
  { status, output, failureDetails }: Ending,
  Timestamp: string,
): HistoryEvent {
  if (status === 'Completed')
    return {
      EventType: eventTypes.subOrchestrationCompleted,
      EventId: -1,
      Timestamp,
      TaskScheduledId,
      Result: output,
    };
  const reason = status === 'Terminated' ? output : String(JSON.parse(output));
  return {
    EventType: eventTypes.subOrchestrationFailed,
    EventId: -1,
    Timestamp,
    TaskScheduledId,
    Reason: reason,
    // The extension has no details of a termination. The library cannot read that and throws
    // outside the parent's code.
    Details:
      status === 'Terminated'
        ? null
        : orchestrationDetails(reason.replace(/^Orchestrator function '[^']*' failed: /, '')),
    ...(failureDetails === undefined ? {} : { FailureDetails: failureDetails }),
  };
}
