import { jittered } from './jittered.ts';
import type { WatchGoal } from './jobStatus.ts';

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
