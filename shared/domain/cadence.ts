import type { WatchGoal } from './lifecycle.ts';
import { longestCheckSeconds } from './sight.ts';

/**
 * Returns `seconds` plus or minus up to a fifth, at least 1. The result depends only on the
 * arguments, so that a replay gets the same value, and different keys spread the load.
 */
export function withJitter(seconds: number, key: string): number {
  return Math.max(1, Math.round(seconds * (0.8 + 0.4 * spread(key))));
}

/** Returns a number in [0, 1) that depends only on the text (FNV-1a). */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}

const minute = 60;

/**
 * Returns the seconds until the next status check of a job, with jitter. Graph publishes no
 * cadence; this one is:
 * - validation: every minute for the first 15 checks, then every 5 minutes
 * - migration: every 30 minutes, and every 5 minutes from half an hour before the cutover date
 * - cancellation: every 2 minutes
 */
export function nextCheckSeconds(watch: {
  readonly goal: WatchGoal;
  readonly status: string;
  /** The number of checks that this watch has made. */
  readonly checks: number;
  readonly nowMs: number;
  readonly completeAfterMs: number;
  readonly instanceId: string;
}): number {
  return withJitter(baseSeconds(watch), `${watch.instanceId}#${String(watch.checks)}`);
}

function baseSeconds({
  goal,
  status,
  checks,
  nowMs,
  completeAfterMs,
}: Parameters<typeof nextCheckSeconds>[0]): number {
  if (goal === 'validated') return checks < 15 ? minute : 5 * minute;
  if (goal === 'cancelled' || status === 'pendingCancel') return 2 * minute;
  if (status === 'cuttingOver') return 5 * minute;
  const untilCutoverSeconds = (completeAfterMs - nowMs) / 1000;
  if (untilCutoverSeconds <= 30 * minute) return 5 * minute;
  return Math.min(30 * minute, Math.max(5 * minute, untilCutoverSeconds - 30 * minute));
}

/**
 * Returns the seconds until the next status check of a SharePoint task, with jitter. Graph
 * publishes no cadence; this one is:
 * - before the preferred start: at the start, or every 30 minutes
 * - while it is queued: every 5 minutes
 * - afterwards: every 5 minutes for an hour, every 15 minutes for a day, then every 30 minutes
 */
export function nextTaskPollSeconds(watch: {
  readonly status: string;
  /** The number of status checks made in this stage. */
  readonly polls: number;
  readonly nowMs: number;
  readonly startMs: number | null;
  readonly instanceId: string;
}): number {
  return withJitter(taskBaseSeconds(watch), `${watch.instanceId}#${String(watch.polls)}`);
}

function taskBaseSeconds({
  status,
  polls,
  nowMs,
  startMs,
}: Parameters<typeof nextTaskPollSeconds>[0]): number {
  const untilStartSeconds = startMs === null ? 0 : (startMs - nowMs) / 1000;
  if (status === 'notStarted' && untilStartSeconds > 0)
    return Math.max(minute, Math.min(30 * minute, untilStartSeconds));
  if (status === 'queued' || polls < 12) return 5 * minute;
  return polls < 108 ? 15 * minute : 30 * minute;
}

/**
 * Returns the seconds to wait before an operation that Graph deferred is repeated: at least what
 * Graph asks for, growing to half an hour. `tries` counts from 1.
 */
export function retrySeconds(tries: number, askedSeconds: number): number {
  return Math.max(askedSeconds, Math.min(15 * 2 ** (tries - 1), longestCheckSeconds));
}
