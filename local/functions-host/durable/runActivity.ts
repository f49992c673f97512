import { z } from 'zod';
import type { InvocationOutcome, TypedData } from '../invocation/invocation.ts';
import { activityDetails, thrownText } from './dotNetFailure.ts';
import { noSuchFunction } from './durableFunctions.ts';
import type { DurableInvoke } from './durableOptions.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';

// Created once: creating a schema costs more than parsing with it.
const inputSchema = z.tuple([z.unknown()]);

const detailsSchema = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  isNonRetriable: z.boolean().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  stackTrace: z.string().optional(),
});

/** The event that records the end of an activity. */
export type ActivityEnd = Omit<HistoryEvent, 'Timestamp'>;

/**
 * An activity whose worker has died. `late` resolves with the end of the activity when the worker
 * was still alive.
 */
export interface InterruptedActivity {
  readonly interrupted: true;
  readonly redeliverAfterMs: number;
  readonly late?: Promise<ActivityEnd>;
}

/**
 * Runs the activity of a `TaskScheduled` event and returns the event that records its end; never
 * rejects.
 */
export async function runActivity(
  scheduled: HistoryEvent,
  instanceId: string,
  functionName: string | undefined,
  invoke: DurableInvoke,
): Promise<ActivityEnd | InterruptedActivity> {
  if (functionName === undefined) {
    return failed(scheduled.EventId, noSuchFunction('activity', scheduled.Name ?? ''), undefined);
  }
  const data = inputData(scheduled.Input);
  const outcome = await invoke({
    functionName,
    inputData: [{ name: '', data }],
    triggerMetadata: { instanceId: { string: instanceId }, data },
  });
  if (!('interrupted' in outcome)) return endOf(scheduled, outcome);
  const { redeliverAfterMs, late } = outcome;
  return {
    interrupted: true,
    redeliverAfterMs,
    ...(late === undefined
      ? {}
      : { late: late.then((lateOutcome) => endOf(scheduled, lateOutcome)) }),
  };
}

function endOf({ EventId, Name = '' }: HistoryEvent, outcome: InvocationOutcome): ActivityEnd {
  if (outcome.ok) {
    return {
      EventType: eventTypes.taskCompleted,
      EventId: -1,
      TaskScheduledId: EventId,
      Result: resultText(outcome.returnValue),
    };
  }
  const message = thrownText(outcome.error);
  return failed(EventId, `Activity function '${Name}' failed: ${message}`, {
    message,
    text: activityDetails(outcome.error),
  });
}

function failed(
  taskScheduledId: number,
  reason: string,
  thrown: { readonly message: string; readonly text: string } | undefined,
): ActivityEnd {
  const details =
    thrown?.message.startsWith('{') === true
      ? detailsSchema.safeParse(jsonOf(thrown.message))
      : undefined;
  return {
    EventType: eventTypes.taskFailed,
    EventId: -1,
    TaskScheduledId: taskScheduledId,
    Reason: reason,
    Details: thrown?.text ?? '',
    ...(details?.success === true
      ? {
          FailureDetails: {
            ErrorType: details.data.errorType,
            ErrorMessage: details.data.errorMessage,
            StackTrace: details.data.stackTrace ?? '',
            IsNonRetriable: details.data.isNonRetriable ?? false,
            Properties: details.data.properties ?? {},
            InnerFailure: null,
          },
        }
      : {}),
  };
}

/**
 * Returns the trigger value for an `Input`, a JSON array with one element: text unchanged, a
 * boolean as .NET writes it, null as no value, anything else as JSON.
 */
function inputData(input: string | null | undefined): TypedData {
  const value = inputSchema.parse(JSON.parse(input ?? '[null]'))[0];
  if (value === null || value === undefined) return {};
  if (typeof value === 'boolean') return { string: value ? 'True' : 'False' };
  return { string: typeof value === 'string' ? value : JSON.stringify(value) };
}

function resultText(value: TypedData | null | undefined): string {
  if (value?.json !== undefined) return value.json;
  if (value?.string !== undefined) return JSON.stringify(value.string);
  if (value?.int !== undefined) return String(value.int);
  if (value?.double !== undefined) return String(value.double);
  if (value?.bytes !== undefined)
    return JSON.stringify(Buffer.from(value.bytes).toString('base64'));
  if (value?.collectionString !== undefined) return JSON.stringify(value.collectionString.string);
  return 'null';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
