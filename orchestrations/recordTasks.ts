import type { OrchestrationContext } from 'durable-functions';
import {
  type JobRef,
  type RecordStage,
  recordTasksResultSchema,
} from '../shared/contracts/activities.ts';
import type { RecordState } from '../shared/contracts/orchestrations.ts';
import { inSight } from '../shared/contracts/sight.ts';
import { notSeen } from '../shared/domain/sight.ts';
import { activities } from './names.ts';
import { type Errand, persist } from './persist.ts';
import { call, type Steps } from './steps.ts';
import { judgeUnseen } from './unseen.ts';

export const recordErrand: Errand<boolean, RecordState> = {
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
        lastDigest: null,
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
  return persist(context, recordErrand, {
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
