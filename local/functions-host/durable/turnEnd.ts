import { orchestrationDetails } from './dotNetFailure.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import type { Entry, Instance, Message, Outgoing, RuntimeStatus } from './instance.ts';

export type TurnEntry = Extract<Entry, { t: 'turn' }>;

/** The messages that a turn takes, as events of the turn. */
export interface TurnStart {
  readonly consumed: readonly Message[];
  /** The turn's instant. */
  readonly atMs: number;
  readonly fresh: readonly HistoryEvent[];
  readonly terminated?: HistoryEvent;
  readonly suspends: boolean;
}

export interface TurnOptions {
  readonly defaultVersion: string;
  readonly maxOrchestrationActions: number;
}

type TurnBase = Omit<TurnEntry, 'events' | 'status' | 'output'>;

/** What every turn's entry holds. */
export function turnBase(instance: Instance, { consumed, atMs }: TurnStart): TurnBase {
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

/** The end of an instance from outside. */
export function terminatedTurn(instance: Instance, start: TurnStart, reason: string): TurnEntry {
  return endedTurn(instance, turnBase(instance, start), {
    events: start.fresh,
    status: 'Terminated',
    output: reason,
    nextId: -1,
    atMs: start.atMs,
  });
}

/** The end of an instance that cannot go on: the orchestrator threw without a state, or asked for what is not allowed. */
export function failedTurn(instance: Instance, start: TurnStart, message: string): TurnEntry {
  return brokenTurn(instance, start, failureText(instance, message));
}

/** The end of an instance that did not do again what its history holds: the extension gives the bare reason. */
export function brokenTurn(instance: Instance, start: TurnStart, reason: string): TurnEntry {
  const output = JSON.stringify(reason);
  return endedTurn(instance, turnBase(instance, start), {
    events: start.fresh,
    status: 'Failed',
    output,
    nextId: -1,
    atMs: start.atMs,
  });
}

/** How an instance ends: what the turn adds to the history before, the status, and the output as JSON text (a reason is plain). */
export interface Ending {
  readonly events: readonly HistoryEvent[];
  readonly status: Extract<RuntimeStatus, 'Completed' | 'Failed' | 'Terminated'>;
  readonly output: string;
  readonly nextId: number;
  readonly atMs: number;
  readonly failureDetails?: object;
}

/** The last turn of an instance; its parent hears of it. */
export function endedTurn({ parent }: Instance, base: TurnBase, ending: Ending): TurnEntry {
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

/** What the status and the parents of a failed instance see. */
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
    // The extension has no details of a termination. The library cannot read that and throws outside of the parent's code.
    Details:
      status === 'Terminated'
        ? null
        : orchestrationDetails(reason.replace(/^Orchestrator function '[^']*' failed: /, '')),
    ...(failureDetails === undefined ? {} : { FailureDetails: failureDetails }),
  };
}
