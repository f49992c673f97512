import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import type { Instance } from './instance.ts';
import type { TimerLimits } from './walk.ts';

// Those of the Azure Storage provider: the app must meet the same chains of timers here as there.
export const timerLimits: TimerLimits = {
  maximumShortTimerMs: 6 * 24 * 3_600_000,
  longRunningTimerIntervalMs: 3 * 24 * 3_600_000,
};

/** The text that an orchestrator is triggered with: past events, then this turn's (Durable extension protocol). */
export function orchestratorPayload(instance: Instance, fresh: readonly HistoryEvent[]): string {
  const history = [
    ...instance.history.map((event) => seen(event, true)),
    ...fresh.map((event) => seen(event, false)),
  ];
  const rest = JSON.stringify({
    instanceId: instance.instanceId,
    isReplaying: instance.history.length > 0,
    parentInstanceId: instance.parent?.instanceId ?? null,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 3,
    longRunningTimerIntervalDuration: '3.00:00:00',
    maximumShortTimerDuration: '6.00:00:00',
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
  });
  // The input is JSON already, and every event is copied once a turn at most: this text is made for each turn of each instance.
  return `{"history":[${history.join(',')}],"input":${instance.input ?? 'null'},${rest.slice(1)}`;
}

/** Activity inputs are left out of what the orchestrator gets, as the extension does by default. */
function seen(event: HistoryEvent, isPlayed: boolean): string {
  const text = JSON.stringify(
    event.EventType === eventTypes.taskScheduled ? { ...event, Input: undefined } : event,
  );
  return `${text.slice(0, -1)},"IsPlayed":${String(isPlayed)}}`;
}
