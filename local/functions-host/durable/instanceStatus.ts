import { eventNames, eventTypes, type HistoryEvent } from './historyEvent.ts';
import type { Instance } from './instance.ts';

/** The optional parts of a status. */
export interface StatusOptions {
  readonly showInput: boolean;
  readonly showHistory: boolean;
  readonly showHistoryOutput: boolean;
}

/** Returns the body of a status query. Times have whole seconds; JSON texts are parsed. */
export function statusBody(
  instance: Instance,
  { showInput, showHistory, showHistoryOutput }: StatusOptions,
): object {
  return {
    name: instance.name,
    instanceId: instance.instanceId,
    runtimeStatus: instance.status,
    input: showInput ? parsed(instance.input) : null,
    customStatus: parsed(instance.customStatus),
    output: parsed(instance.output),
    createdTime: wholeSeconds(instance.createdAtMs),
    lastUpdatedTime: wholeSeconds(instance.updatedAtMs),
    ...(showHistory ? { historyEvents: condensed(instance.history, showHistoryOutput) } : {}),
  };
}

function parsed(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function wholeSeconds(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

const scheduling: readonly number[] = [
  eventTypes.taskScheduled,
  eventTypes.subOrchestrationCreated,
  eventTypes.timerCreated,
];
const omitted: readonly number[] = [
  eventTypes.orchestratorStarted,
  eventTypes.orchestratorCompleted,
  ...scheduling,
];

/**
 * Returns the history as the extension shows it: without turns, each completion with the members of
 * its scheduling event.
 */
function condensed(history: readonly HistoryEvent[], showOutput: boolean): object[] {
  const scheduled = new Map(
    history
      .filter(({ EventType }) => scheduling.includes(EventType))
      .map((event) => [event.EventId, event]),
  );
  return history
    .filter(({ EventType }) => !omitted.includes(EventType))
    .map((event) => {
      const { EventType, Timestamp, Name, Reason, OrchestrationStatus, FireAt, Result } = event;
      const cause = scheduled.get(event.TaskScheduledId ?? event.TimerId ?? -1);
      return {
        EventType: eventNames[EventType] ?? String(EventType),
        Timestamp,
        ...(EventType === eventTypes.executionStarted
          ? { FunctionName: Name }
          : Name === undefined
            ? {}
            : { Name }),
        ...(cause === undefined
          ? {}
          : {
              ScheduledTime: cause.Timestamp,
              ...(cause.Name === undefined ? {} : { FunctionName: cause.Name }),
            }),
        ...(Reason === undefined ? {} : { Reason }),
        ...(OrchestrationStatus === undefined ? {} : { OrchestrationStatus }),
        ...(FireAt === undefined ? {} : { FireAt }),
        ...(showOutput && Result !== undefined ? { Result: parsed(Result) } : {}),
      };
    });
}
