import { jittered } from './jittered.ts';
import { longestCheckSeconds } from './sight.ts';

const minute = 60;

/**
 * Seconds until the next look at a SharePoint task: until its preferred start at most half an hour, then every five minutes
 * for an hour, every quarter of an hour for a day, every half hour after that. While it waits for its place, every five
 * minutes. Graph publishes no cadence. A fifth more or less, by the instance id, keeps thousands from asking at once.
 */
export function nextMoveSeconds(watch: {
  readonly status: string;
  /** Looks made so far in this stage. */
  readonly looks: number;
  readonly nowMs: number;
  readonly startMs: number | null;
  readonly instanceId: string;
}): number {
  return jittered(baseSeconds(watch), `${watch.instanceId}#${String(watch.looks)}`);
}

function baseSeconds({
  status,
  looks,
  nowMs,
  startMs,
}: Parameters<typeof nextMoveSeconds>[0]): number {
  const untilStartSeconds = startMs === null ? 0 : (startMs - nowMs) / 1000;
  if (status === 'notStarted' && untilStartSeconds > 0)
    return Math.max(minute, Math.min(30 * minute, untilStartSeconds));
  if (status === 'queued' || looks < 12) return 5 * minute;
  return looks < 108 ? 15 * minute : 30 * minute;
}

/** Seconds before another try of an operation that Graph has put off or refused for now: what Graph asks for, growing to half an hour. `tries` counts from 1. */
export function retrySeconds(tries: number, askedSeconds: number): number {
  return Math.max(askedSeconds, Math.min(15 * 2 ** (tries - 1), longestCheckSeconds));
}
