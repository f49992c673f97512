import type { Sight } from '../contracts/internal/batch.ts';
import type { SharePointParameters } from '../contracts/sharePointParameters.ts';
import type { ServiceStatus, Task } from '../contracts/task.ts';
import { lenientInstantMs } from '../contracts/text.ts';
import type { WatchGoal } from './lifecycle.ts';
import { pollingPolicy } from './policies.ts';

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
  const { cutoverSeconds, beforeCutoverSeconds, syncSeconds } = pollingPolicy;
  if (goal === 'validated')
    return checks < pollingPolicy.maxSoonValidationChecks
      ? pollingPolicy.validationSeconds
      : pollingPolicy.longValidationSeconds;
  if (goal === 'cancelled' || status === 'pendingCancel') return pollingPolicy.cancellationSeconds;
  if (status === 'cuttingOver') return cutoverSeconds;
  const untilCutoverSeconds = (completeAfterMs - nowMs) / 1000;
  if (untilCutoverSeconds <= beforeCutoverSeconds) return cutoverSeconds;
  return Math.min(
    syncSeconds,
    Math.max(cutoverSeconds, untilCutoverSeconds - beforeCutoverSeconds),
  );
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
    return Math.max(
      pollingPolicy.shortestBeforeStartSeconds,
      Math.min(pollingPolicy.beforeStartSeconds, untilStartSeconds),
    );
  if (status === 'queued' || polls < pollingPolicy.maxSoonTaskPolls)
    return pollingPolicy.soonTaskSeconds;
  return polls < pollingPolicy.maxDayTaskPolls
    ? pollingPolicy.dayTaskSeconds
    : pollingPolicy.longTaskSeconds;
}

/**
 * Returns the seconds to wait before an operation that Graph deferred is repeated: at least what
 * Graph asks for, growing to `longestSeconds`, by default half an hour. `tries` counts from 1.
 */
export function retrySeconds(
  tries: number,
  askedSeconds: number,
  longestSeconds: number = pollingPolicy.longestCheckSeconds,
): number {
  const grownSeconds = pollingPolicy.firstRetrySeconds * 2 ** (tries - 1);
  return Math.max(askedSeconds, Math.min(grownSeconds, longestSeconds));
}

/** The consequences of a read that did not show its job or task. */
export interface NotSeen {
  readonly sight: Sight;
  /** Seconds until the next status check. */
  readonly seconds: number;
  /** Whether to record the outcome `unknown` now. */
  readonly isToReport: boolean;
  /** Whether Graph has returned only "not found" for a day. */
  readonly isGone: boolean;
  /** Whether the job or task can no longer cut over, so that the app stops searching for it. */
  readonly isOver: boolean;
}

/**
 * Decides what follows from a read that Graph refused or did not answer. A single refusal changes
 * nothing. A job or task is gone only after a day of "not found". Its outcome is `unknown` if it is
 * gone, or out of sight for seven days. The app searches for it until 30 days after its cutover
 * date. The intervals start short, because a new job may not be visible on every server yet, and
 * grow to half an hour.
 */
export function notSeen(
  before: Sight,
  read: {
    readonly nowMs: number;
    /** The seconds of Graph's `Retry-After`, or 0. */
    readonly askedSeconds: number;
    /** Whether Graph returns "not found" for every possible look-up. */
    readonly isAbsent: boolean;
    /** The last known cutover date in epoch milliseconds, or null. */
    readonly completeAfterMs: number | null;
  },
): NotSeen {
  const { nowMs, askedSeconds, isAbsent, completeAfterMs } = read;
  const unseenSinceMs = before.unseenSinceMs ?? nowMs;
  const absentSinceMs = isAbsent ? (before.absentSinceMs ?? nowMs) : null;
  const unseenMs = nowMs - unseenSinceMs;
  const isGone = absentSinceMs !== null && nowMs - absentSinceMs >= pollingPolicy.goneAfterMs;
  const isToReport = !before.isReported && (isGone || unseenMs >= pollingPolicy.unknownAfterMs);
  const isReported = before.isReported || isToReport;
  return {
    sight: { unseenSinceMs, absentSinceMs, isReported },
    seconds: Math.max(
      askedSeconds,
      isAbsent ? pollingPolicy.absentSeconds : pollingPolicy.refusedReadSeconds,
      Math.ceil(Math.min(pollingPolicy.longestCheckSeconds, unseenMs / 4 / 1_000)),
    ),
    isToReport,
    isGone,
    isOver: isReported && nowMs >= (completeAfterMs ?? unseenSinceMs) + pollingPolicy.watchLimitMs,
  };
}

const mark = 'Graph has not shown the task since ';

/** Returns the message of a task that Graph has not shown for half an hour. */
export function outOfSightMessage(sinceAt: string, lastResponse: string): string {
  return `${mark}${sinceAt}: ${lastResponse}; check the task in the source tenant and the permissions of the app; the app searches for the task and tries commands meanwhile`;
}

/** Returns since when Graph has not shown a task, as its row says, or undefined. */
export function outOfSightSince({
  services,
}: {
  readonly services: readonly ServiceStatus[];
}): string | undefined {
  const message = services.find((service) => service.message.startsWith(mark))?.message;
  return message === undefined ? undefined : /^\S+(?=:)/.exec(message.slice(mark.length))?.[0];
}

/**
 * Returns whether only a person can change the outcome of a task. `unknown` is not final: it is
 * corrected if Graph shows the task again.
 */
export function hasFinalOutcome({ outcome }: Pick<Task, 'outcome'>): boolean {
  return outcome !== null && outcome !== 'unknown';
}

/** Returns the latest planned start of a task in epoch milliseconds, or null. */
export function plannedStartMs({
  preferredLatestStartDateTime,
  preferredStartDateTime,
}: SharePointParameters): number | null {
  return lenientInstantMs(preferredLatestStartDateTime ?? preferredStartDateTime ?? null) ?? null;
}
