import type { OrchestrationContext } from 'durable-functions';
import {
  doneSchema,
  inSight,
  type JobRef,
  type OwnedBatch,
  type Sight,
} from '../../shared/contracts/internal/batch.ts';
import type { RecordState } from '../../shared/contracts/internal/operations.ts';
import {
  recordTasksResultSchema,
  type RecordStage,
} from '../../shared/contracts/internal/users.ts';
import { type NotSeen, notSeen } from '../../shared/domain/sight.ts';
import { type Operation, repeatUntilDone, call, type Steps } from '../durable/steps.ts';
import { activities } from '../names.ts';

/**
 * Records the outcomes of a job's users. Returns false if Graph did not report the users until 30
 * days after the cutover date; users without an outcome then have the outcome `unknown`.
 * @param jobStatus the status with which the job has ended; null if it has not ended
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

export const recordOperation: Operation<boolean, RecordState> = {
  *once(context, state, tries) {
    const { migrationId, batchId, owner, jobId, stage, jobStatus } = state;
    const isConfirmed = notSeen(state.sight, {
      nowMs: context.df.currentUtcDateTime.getTime(),
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
        isConfirmed,
        delayed: tries > 1,
      },
      recordTasksResultSchema,
    );
    if (recorded.kind === 'done') return { kind: 'done', value: true };
    const next = yield* judgeUnseen(context, state, jobId, recorded);
    if (next.isOver && !recorded.isAbsent) return { kind: 'done', value: false };
    return {
      kind: 'again',
      state: { ...state, sight: next.sight },
      // Once the job is gone, the next try records every user.
      seconds: next.isGone ? 0 : next.seconds,
    };
  },
  parse: (value) => value === true,
};

/**
 * Decides what follows from a read that did not show a job. Records the outcome `unknown` once
 * Graph has not shown the job for seven days. The caller decides what follows when the job is gone.
 */
export function* judgeUnseen(
  context: OrchestrationContext,
  { sight, ...batch }: OwnedBatch & { readonly sight: Sight },
  jobId: string | null,
  {
    seconds,
    isAbsent = false,
    completeAfterMs,
  }: {
    readonly seconds: number;
    readonly isAbsent?: boolean;
    readonly completeAfterMs: number | null;
  },
): Steps<NotSeen> {
  const nowMs = context.df.currentUtcDateTime.getTime();
  const next = notSeen(sight, { nowMs, askedSeconds: seconds, isAbsent, completeAfterMs });
  if (next.isToReport && !next.isGone)
    yield* recordUnknown(context, batch, jobId, next.sight.unseenSinceMs ?? nowMs, false);
  return next;
}

/**
 * Gives the outcome `unknown` to the users of a batch who have no outcome.
 * @param sinceMs since when Graph has not shown the job
 */
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
