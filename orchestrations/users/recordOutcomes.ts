import type { OrchestrationContext } from 'durable-functions';
import {
  doneSchema,
  inSight,
  type JobRef,
  type OwnedBatch,
  type RecordStage,
  recordTasksResultSchema,
  type Sight,
} from '../../shared/contracts/internal/activities.ts';
import type { RecordState } from '../../shared/contracts/internal/orchestrations.ts';
import { type NotSeen, notSeen } from '../../shared/domain/sight.ts';
import { type Operation, repeatUntilDone } from '../durable/repeatUntilDone.ts';
import { call, type Steps } from '../durable/steps.ts';
import { activities } from '../names.ts';

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
    doneSchema,
  );
}

export const recordOperation: Operation<boolean, RecordState> = {
  *once(context, state, tries) {
    const { migrationId, batchId, owner, jobId, stage, jobStatus } = state;
    const nowMs = context.df.currentUtcDateTime.getTime();
    const believes = notSeen(state.sight, {
      nowMs,
      askedSeconds: 0,
      isAbsent: state.sight.absentSinceMs !== null,
      completeAfterMs: null,
    }).isGone;
    const recorded = yield* call(
      context,
      activities.recordTasks,
      {
        migrationId,
        batchId,
        owner,
        jobId,
        stage,
        lastStatusHash: null,
        jobStatus,
        believes,
        delayed: tries > 1,
      },
      recordTasksResultSchema,
    );
    if (recorded.kind === 'done') return { kind: 'done', value: true };
    // What is gone is recorded for each user by the next try.
    const next = yield* judgeUnseen(context, state, jobId, recorded);
    if (next.isOver && !recorded.absent) return { kind: 'done', value: false };
    return {
      kind: 'again',
      state: { ...state, sight: next.sight },
      seconds: next.isGone ? 0 : next.seconds,
    };
  },
  parse: (value) => value === true,
};

/**
 * Writes what the job says of every user into storage. False when Graph has not told until 30 days after the cutover date: those of whom
 * nothing is known have the outcome `unknown`.
 * @param jobStatus the status with which the job has ended; null where it has not
 */
export function record(
  context: OrchestrationContext,
  { migrationId, batchId, owner, jobId }: JobRef,
  stage: RecordStage,
  jobStatus: string | null,
): Steps<boolean> {
  return repeatUntilDone(context, recordOperation, {
    kind: 'record',
    migrationId,
    batchId,
    owner,
    jobId,
    stage,
    jobStatus,
    sight: inSight,
  });
}
