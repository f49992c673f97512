import type { Sight } from '../contracts/internal/batch.ts';
import type { SharePointParameters } from '../contracts/sharePointParameters.ts';
import type { ServiceStatus, Task } from '../contracts/task.ts';
import { lenientInstantMs } from './text.ts';

const secondMs = 1_000;
const dayMs = 86_400_000;

/** The longest time between two status checks of something that is out of sight, unless Graph asks for more. */
export const longestCheckSeconds = 1_800;
/** From here on somebody is told that a job is out of sight. */
export const outOfSightAfterMs = 1_800_000;
/** Nothing but "not found" for so long means that something is gone. */
export const goneAfterMs = dayMs;
/** What is out of sight for so long gets the outcome `unknown`. */
const unknownAfterMs = 7 * dayMs;
/** A job may still cut over until so long after its cutover date: until then it is looked for. The look-up of a SharePoint task's source is tried for as long. */
export const watchedOnMs = 30 * dayMs;

/** What follows from a read that did not show what it asked for. */
export interface NotSeen {
  readonly sight: Sight;
  /** Seconds until the next status check. */
  readonly seconds: number;
  /** The outcome `unknown` is to be recorded now. */
  readonly isToReport: boolean;
  /** Graph has answered "not found", and nothing else, for a day. */
  readonly isGone: boolean;
  /** It cannot cut over any more: it is not looked for any longer. */
  readonly isOver: boolean;
}

/**
 * Judges a read that Graph has refused or not answered. A refusal decides nothing: something is gone only after a day of nothing but "not
 * found", its outcome is `unknown` when it is gone or has been out of sight for seven days, and it is looked for until 30 days after its cutover
 * date. The checks begin at short intervals, because something that was just created may not be visible everywhere, and grow to half an hour.
 */
export function notSeen(
  before: Sight,
  read: {
    readonly nowMs: number;
    /** What Graph asks for; 0 for nothing. */
    readonly askedSeconds: number;
    /** Graph answers "not found" to every look-up there is. */
    readonly isAbsent: boolean;
    /** The cutover date as it was seen or asked for last, epoch milliseconds; null when there is none. */
    readonly completeAfterMs: number | null;
  },
): NotSeen {
  const { nowMs, askedSeconds, isAbsent, completeAfterMs } = read;
  const unseenSinceMs = before.unseenSinceMs ?? nowMs;
  const absentSinceMs = isAbsent ? (before.absentSinceMs ?? nowMs) : null;
  const unseenMs = nowMs - unseenSinceMs;
  const isGone = absentSinceMs !== null && nowMs - absentSinceMs >= goneAfterMs;
  const isToReport = !before.isReported && (isGone || unseenMs >= unknownAfterMs);
  const isReported = before.isReported || isToReport;
  return {
    sight: { unseenSinceMs, absentSinceMs, isReported },
    seconds: Math.max(
      askedSeconds,
      isAbsent ? 15 : 60,
      Math.ceil(Math.min(longestCheckSeconds, unseenMs / 4 / secondMs)),
    ),
    isToReport,
    isGone,
    isOver: isReported && nowMs >= (completeAfterMs ?? unseenSinceMs) + watchedOnMs,
  };
}

const mark = 'Graph has not shown the task since ';

/** The message of a task's row from half an hour on without a sight of it. */
export function outOfSightMessage(sinceAt: string, answer: string): string {
  return `${mark}${sinceAt}: ${answer}; look at the move in the source tenant, and check the permissions of the app; it is looked for, and commands are tried meanwhile`;
}

/** Since when Graph has not shown a task, as its row says; undefined while it does. */
export function outOfSightSince({
  services,
}: {
  readonly services: readonly ServiceStatus[];
}): string | undefined {
  const message = services.find((service) => service.message.startsWith(mark))?.message;
  return message === undefined ? undefined : /^\S+(?=:)/.exec(message.slice(mark.length))?.[0];
}

/** True for an outcome that nothing but a person changes any more; `unknown` is corrected by a later sighting. */
export function hasFinalOutcome({ outcome }: Pick<Task, 'outcome'>): boolean {
  return outcome !== null && outcome !== 'unknown';
}

/** The last instant at which a task was to start, epoch milliseconds; null when the request names none. */
export function plannedStartMs({
  preferredLatestStartDateTime,
  preferredStartDateTime,
}: SharePointParameters): number | null {
  return lenientInstantMs(preferredLatestStartDateTime ?? preferredStartDateTime ?? null) ?? null;
}
