import type { WatchGoal } from './lifecycle.ts';
import { longestCheckSeconds } from './sight.ts';

/**
 * Seconds a fifth more or less than `seconds`, at least one: by `key`, so that many waits do not end at once and each is the same on every
 * replay.
 */
export function jittered(seconds: number, key: string): number {
  return Math.max(1, Math.round(seconds * (0.8 + 0.4 * spread(key))));
}

/** A number in [0, 1) that is the same for the same text (FNV-1a). */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}

const minute = 60;

/**
 * Seconds until the next look at a job: every minute for the first quarter of an hour of a validation and every five
 * after that; every half hour while mailboxes sync, every five minutes from half an hour before the cutover date on; two
 * minutes while a cancellation runs. Graph publishes no cadence. A fifth more or less, by the instance id, keeps many
 * batches from asking at once.
 */
export function nextCheckSeconds(watch: {
  readonly goal: WatchGoal;
  readonly status: string;
  /** Checks made so far by this watch. */
  readonly checks: number;
  readonly nowMs: number;
  readonly completeAfterMs: number;
  readonly instanceId: string;
}): number {
  return jittered(baseSeconds(watch), `${watch.instanceId}#${String(watch.checks)}`);
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

const taskMinute = 60;

/**
 * Seconds until the next look at a SharePoint task: until its preferred start at most half an hour, then every five minutes
 * for an hour, every quarter of an hour for a day, every half hour after that. While it waits for its place, every five
 * minutes. Graph publishes no cadence. A fifth more or less, by the instance id, keeps thousands from asking at once.
 */
export function nextTaskPollSeconds(watch: {
  readonly status: string;
  /** Looks made so far in this stage. */
  readonly polls: number;
  readonly nowMs: number;
  readonly startMs: number | null;
  readonly instanceId: string;
}): number {
  return jittered(taskBaseSeconds(watch), `${watch.instanceId}#${String(watch.polls)}`);
}

function taskBaseSeconds({
  status,
  polls,
  nowMs,
  startMs,
}: Parameters<typeof nextTaskPollSeconds>[0]): number {
  const untilStartSeconds = startMs === null ? 0 : (startMs - nowMs) / 1000;
  if (status === 'notStarted' && untilStartSeconds > 0)
    return Math.max(taskMinute, Math.min(30 * taskMinute, untilStartSeconds));
  if (status === 'queued' || polls < 12) return 5 * taskMinute;
  return polls < 108 ? 15 * taskMinute : 30 * taskMinute;
}

/** Seconds before another try of an operation that Graph has put off or refused for now: what Graph asks for, growing to half an hour. `tries` counts from 1. */
export function retrySeconds(tries: number, askedSeconds: number): number {
  return Math.max(askedSeconds, Math.min(15 * 2 ** (tries - 1), longestCheckSeconds));
}
