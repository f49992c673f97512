import { randomUUID } from 'node:crypto';
import type { InvocationOutcome } from '../invocation/invocation.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import type { Entry, Instance, Message, Outgoing, RuntimeStatus } from './instance.ts';
import { readAnswer } from './orchestratorAnswer.ts';
import { timerLimits } from './orchestratorPayload.ts';
import { type Command, mustAgree, Walk } from './walk.ts';
import { NonDeterminismError, UnsupportedActionError } from './walkErrors.ts';

export type TurnEntry = Extract<Entry, { t: 'turn' }>;

/** The messages that a turn takes, as events of the turn; undefined when none of them may be taken now. */
export interface TurnStart {
  readonly consumed: readonly Message[];
  readonly fresh: readonly HistoryEvent[];
  readonly terminated?: HistoryEvent;
  readonly suspends: boolean;
}

/** Chooses what the next turn takes: a suspended instance takes nothing until it is resumed or terminated. */
export function startTurn(instance: Instance, nowMs: number): TurnStart | undefined {
  const { inbox } = instance;
  if (inbox.length === 0) return undefined;
  const terminated = inbox.find(({ event }) => event.EventType === eventTypes.executionTerminated)?.event;
  const resume = inbox.find(({ event }) => event.EventType === eventTypes.executionResumed);
  if (terminated === undefined && instance.status === 'Suspended' && resume === undefined) return undefined;
  const ordered = instance.status === 'Suspended' && resume !== undefined ? [resume, ...inbox.filter((message) => message !== resume)] : inbox;
  const suspendAt = terminated === undefined ? ordered.findIndex(({ event }) => event.EventType === eventTypes.executionSuspended) : -1;
  const consumed = suspendAt === -1 ? ordered : ordered.slice(0, suspendAt + 1);
  const Timestamp = new Date(nowMs).toISOString();
  return {
    consumed,
    fresh: [{ EventType: eventTypes.orchestratorStarted, EventId: -1, Timestamp }, ...consumed.map(({ event }) => ({ ...event, Timestamp }))],
    suspends: suspendAt !== -1,
    ...(terminated === undefined ? {} : { terminated }),
  };
}

/** What a turn changes, as one journal entry: history, status, consumed messages, outgoing messages. */
export function endTurn(instance: Instance, start: TurnStart, outcome: InvocationOutcome, options: TurnOptions): TurnEntry {
  const answer = readAnswer(outcome);
  if (!answer.ok) return failedTurn(instance, start, answer.message, options);
  const { state } = answer;
  const actions = state.actions.flat();
  const walk = new Walk(actions, timerLimits, false);
  try {
    if (actions.length > options.maxOrchestrationActions) throw new UnsupportedActionError(`the orchestrator asked for ${String(actions.length)} actions; maxOrchestrationActions is ${String(options.maxOrchestrationActions)}`);
    walk.run(instance.history, start.fresh);
    const library = new Walk(actions, timerLimits, true);
    library.run(instance.history, start.fresh);
    mustAgree(walk, library);
  } catch (error) {
    if (!(error instanceof NonDeterminismError || error instanceof UnsupportedActionError)) throw error;
    return failedTurn(instance, start, error.message, options);
  }

  const customStatus = state.customStatus === undefined || state.customStatus === null ? instance.customStatus : JSON.stringify(state.customStatus);
  const commands = [...walk.pending.values()];
  const cancelledTimers = timersOf(instance, commands).filter((id) => !walk.open.has(id) && !instance.cancelledTimers.includes(id));
  const base = {
    ...common(instance, start, options),
    customStatus,
    cancelledTimers,
    outgoing: commands.flatMap((command) => childStart(command, instance, options)),
  };
  const scheduled = commands.map((command) => scheduledEvent(command, instance, options));
  const settled = walk.finished && walk.open.size === 0;
  const completed: HistoryEvent = { EventType: eventTypes.orchestratorCompleted, EventId: -1, Timestamp: options.timestamp };
  if (settled && state.error === undefined && walk.continueAsNewInput !== undefined) {
    return {
      ...base,
      events: [],
      status: start.suspends ? 'Suspended' : 'Running',
      output: null,
      next: { executionId: newExecutionId(), input: JSON.stringify(walk.continueAsNewInput.value ?? null), carriedOver: walk.carriedOver },
    };
  }
  if (settled && (state.error !== undefined || state.isDone)) {
    const failed = state.error !== undefined;
    const output = JSON.stringify(failed ? failureText(instance, state.error ?? '') : (state.output ?? null));
    return ended(instance, base, [...start.fresh, ...scheduled], failed ? 'Failed' : 'Completed', output, walk.nextId, options, state.failureDetails ?? undefined);
  }
  return { ...base, events: [...start.fresh, ...scheduled, completed], status: start.suspends ? 'Suspended' : 'Running', output: instance.output };
}

/** The end of an instance from outside. */
export function terminatedTurn(instance: Instance, start: TurnStart, reason: string, options: TurnOptions): TurnEntry {
  const base = { ...common(instance, start, options), customStatus: instance.customStatus, cancelledTimers: [], outgoing: [] };
  return ended(instance, base, start.fresh, 'Terminated', reason, -1, options);
}

/** The end of an instance that cannot go on: the orchestrator threw without a state, or broke a rule of replay. */
export function failedTurn(instance: Instance, start: TurnStart, message: string, options: TurnOptions): TurnEntry {
  const base = { ...common(instance, start, options), customStatus: instance.customStatus, cancelledTimers: [], outgoing: [] };
  return ended(instance, base, start.fresh, 'Failed', JSON.stringify(failureText(instance, message)), -1, options);
}

export interface TurnOptions {
  readonly timestamp: string;
  readonly atMs: number;
  readonly defaultVersion: string;
  readonly maxOrchestrationActions: number;
}

function common(instance: Instance, start: TurnStart, options: TurnOptions): Pick<TurnEntry, 't' | 'instanceId' | 'executionId' | 'consumed' | 'atMs'> {
  return {
    t: 'turn',
    instanceId: instance.instanceId,
    executionId: instance.executionId,
    consumed: start.consumed.map(({ seq }) => seq),
    atMs: options.atMs,
  };
}

function ended(
  instance: Instance,
  base: Omit<TurnEntry, 'events' | 'status' | 'output'>,
  events: readonly HistoryEvent[],
  status: Extract<RuntimeStatus, 'Completed' | 'Failed' | 'Terminated'>,
  output: string,
  nextId: number,
  { timestamp: Timestamp }: TurnOptions,
  failureDetails?: object,
): TurnEntry {
  const { parent } = instance;
  const toParent: Outgoing[] =
    parent === null ? [] : [{ kind: 'event', to: parent.instanceId, executionId: parent.executionId, event: childEnd(parent.taskScheduledId, status, output, Timestamp, failureDetails) }];
  return {
    ...base,
    events: [
      ...events,
      { EventType: eventTypes.executionCompleted, EventId: nextId, Timestamp, OrchestrationStatus: status, Result: output },
      { EventType: eventTypes.orchestratorCompleted, EventId: -1, Timestamp },
    ],
    status,
    output,
    outgoing: [...base.outgoing, ...toParent],
  };
}

function childEnd(TaskScheduledId: number, status: RuntimeStatus, output: string, Timestamp: string, failureDetails?: object): HistoryEvent {
  if (status === 'Completed') return { EventType: eventTypes.subOrchestrationCompleted, EventId: -1, Timestamp, TaskScheduledId, Result: output };
  const text = status === 'Terminated' ? output : String(JSON.parse(output));
  return {
    EventType: eventTypes.subOrchestrationFailed,
    EventId: -1,
    Timestamp,
    TaskScheduledId,
    Reason: text,
    Details: status === 'Terminated' ? 'The sub-orchestration was terminated.' : '',
    ...(failureDetails === undefined ? {} : { FailureDetails: failureDetails }),
  };
}

function failureText(instance: Instance, message: string): string {
  return `Orchestrator function '${instance.name}' failed: ${message}`;
}

function timersOf(instance: Instance, commands: readonly Command[]): number[] {
  const fired = new Set(instance.history.filter(({ EventType }) => EventType === eventTypes.timerFired).map(({ TimerId }) => TimerId));
  const created = instance.history.filter(({ EventType, EventId }) => EventType === eventTypes.timerCreated && !fired.has(EventId));
  return [...created.map(({ EventId }) => EventId), ...commands.filter(({ kind }) => kind === 'timer').map(({ id }) => id)];
}

function childId(command: Extract<Command, { kind: 'child' }>, instance: Instance): string {
  return command.instanceId ?? `${instance.executionId}:${String(command.id)}`;
}

function childStart(command: Command, instance: Instance, { atMs, defaultVersion }: TurnOptions): Outgoing[] {
  if (command.kind !== 'child') return [];
  return [
    {
      kind: 'start',
      atMs,
      start: {
        instanceId: childId(command, instance),
        executionId: newExecutionId(),
        name: command.name,
        version: command.version ?? defaultVersion,
        input: command.input === undefined ? null : JSON.stringify(command.input),
        parent: { instanceId: instance.instanceId, executionId: instance.executionId, taskScheduledId: command.id, name: instance.name },
      },
    },
  ];
}

function scheduledEvent(command: Command, instance: Instance, { timestamp: Timestamp, defaultVersion }: TurnOptions): HistoryEvent {
  switch (command.kind) {
    case 'task':
      return { EventType: eventTypes.taskScheduled, EventId: command.id, Timestamp, Name: command.name, Version: '', Input: JSON.stringify([command.input ?? null]) };
    case 'timer':
      return { EventType: eventTypes.timerCreated, EventId: command.id, Timestamp, FireAt: command.fireAt };
    case 'child':
      return {
        EventType: eventTypes.subOrchestrationCreated,
        EventId: command.id,
        Timestamp,
        Name: command.name,
        Version: command.version ?? defaultVersion,
        InstanceId: childId(command, instance),
        Input: command.input === undefined ? null : JSON.stringify(command.input),
      };
  }
}

function newExecutionId(): string {
  return randomUUID().replaceAll('-', '');
}
