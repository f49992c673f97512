import type { OrchestrationContext } from 'durable-functions';
import { answeredSchema, type OwnedBatch } from '../shared/contracts/activities.ts';
import type { Sight } from '../shared/contracts/sight.ts';
import { type NotSeen, notSeen } from '../shared/domain/sight.ts';
import { activities } from './names.ts';
import { call, type Steps } from './steps.ts';

/**
 * Judges an answer that did not show a job. Gives the users of the batch the outcome `unknown` once Graph has not shown the job for seven days. The
 * caller decides what follows when the job is gone.
 */
export function* judgeUnseen(
  context: OrchestrationContext,
  { sight, ...batch }: OwnedBatch & { readonly sight: Sight },
  jobId: string | null,
  {
    seconds,
    absent = false,
    completeAfterMs,
  }: {
    readonly seconds: number;
    readonly absent?: boolean;
    readonly completeAfterMs: number | null;
  },
): Steps<NotSeen> {
  const nowMs = context.df.currentUtcDateTime.getTime();
  const next = notSeen(sight, { nowMs, askedSeconds: seconds, isAbsent: absent, completeAfterMs });
  if (next.isToReport && !next.isGone)
    yield* recordUnknown(context, batch, jobId, next.sight.unseenSinceMs ?? nowMs, false);
  return next;
}

/** Gives the users of a batch who have no outcome the outcome `unknown`. `sinceMs`: since when Graph has not shown the job. */
export function* recordUnknown(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
  jobId: string | null,
  sinceMs: number,
  isGone: boolean,
): Steps<void> {
  yield* call(
    context,
    activities.recordUnknown,
    { migrationId, batchId, owner, jobId, sinceMs, isGone },
    answeredSchema,
  );
}
