import type { DurableHttpResponse } from './durableHost.ts';
import { eventNames, eventTypes, type HistoryEvent } from './historyEvent.ts';
import type { Instance } from './instance.ts';

const json = { 'content-type': 'application/json' };

/** An answer without a body. */
export function emptyAnswer(status: number): DurableHttpResponse {
  return { status, headers: {}, body: '' };
}

/** An answer with a JSON body. */
export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): DurableHttpResponse {
  return { status, headers: { ...json, ...headers }, body: JSON.stringify(body) };
}

/** An answer in plain words: the client library shows the body of some failures as it stands. */
export function textAnswer(status: number, body: string): DurableHttpResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

/** 400 with the reason (Durable extension protocol). */
export function badArgument(detail: string): DurableHttpResponse {
  return jsonAnswer(400, {
    Message: 'One or more of the arguments submitted is incorrect',
    ExceptionMessage: detail,
    ExceptionType: 'System.ArgumentException',
  });
}

/** A failure with the reason (Durable extension protocol). */
export function failure(status: number, type: string, detail: string): DurableHttpResponse {
  return jsonAnswer(status, {
    Message: 'Something went wrong while processing your request',
    ExceptionMessage: detail,
    ExceptionType: type,
  });
}

/** What a status query asks to see. */
export interface StatusOptions {
  readonly showInput: boolean;
  readonly showHistory: boolean;
  readonly showHistoryOutput: boolean;
}

/** The body of a status query: whole seconds, JSON texts parsed. */
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
    createdTime: seconds(instance.createdAtMs),
    lastUpdatedTime: seconds(instance.updatedAtMs),
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

function seconds(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

const scheduling: readonly number[] = [
  eventTypes.taskScheduled,
  eventTypes.subOrchestrationCreated,
  eventTypes.timerCreated,
];
const left: readonly number[] = [
  eventTypes.orchestratorStarted,
  eventTypes.orchestratorCompleted,
  ...scheduling,
];

/** Turn marks and scheduling events are folded into the completions, as the extension does. */
function condensed(history: readonly HistoryEvent[], showOutput: boolean): object[] {
  const scheduled = new Map(
    history
      .filter(({ EventType }) => scheduling.includes(EventType))
      .map((event) => [event.EventId, event]),
  );
  return history
    .filter(({ EventType }) => !left.includes(EventType))
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
