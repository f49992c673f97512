import type { OrchestrationContext } from 'durable-functions';
import {
  type BatchRun,
  inSight,
  type JobRef,
  jobRefSchema,
  type OwnedBatch,
  positionSchema,
} from '../../shared/contracts/internal/batch.ts';
import type { FindPreviousState } from '../../shared/contracts/internal/operations.ts';
import { findJobResultSchema } from '../../shared/contracts/internal/users.ts';
import { endsWatch, isUnderWay } from '../../shared/domain/lifecycle.ts';
import { waitForClearance } from '../commands/checkpoint.ts';
import {
  type Operation,
  repeatUntilDone,
  call,
  backoffSeconds,
  StepFailure,
  type Steps,
  wait,
} from '../durable/steps.ts';
import { activities } from '../names.ts';
import { countMismatch, lookUpsBeforeAbsent } from './jobCreation.ts';
import {
  type Accepted,
  cancelAndWait,
  ended,
  type JobEnd,
  newJob,
  replicationSeconds,
  sendToJob,
  type WatchJob,
  watchToEnd,
} from './jobSteps.ts';
import { judgeUnseen, record } from './recordOutcomes.ts';
import { frozen } from './sendAction.ts';

/**
 * Handles the job of the previous run before this run creates a job. If the job can migrate the
 * failed users again, it is started again. A job that still migrates is watched to its end. Any
 * other job is cancelled, because a user can be in one active job only. A new job follows only when
 * Graph has reported every user of this one.
 */
export function* handlePreviousJob(
  context: OrchestrationContext,
  job: JobRef,
  { sameJob, wasUnknown }: BatchRun,
  watch: WatchJob,
  ordinal: () => number,
): Steps<JobEnd> {
  const stage = sameJob ? 'migrate' : 'create';
  const objection = yield* waitForClearance(context, job, stage, null, ordinal);
  if (objection !== null) return ended(objection);
  if (wasUnknown) {
    const end = yield* recordUnknownJob(context, job, watch);
    if (end !== null) return end;
  }
  let again: Accepted = sameJob
    ? yield* sendToJob(context, job, 'migrateAgain', 'cancelled', watch)
    : { kind: 'refused', status: '' };
  while (again.kind === 'refused' && again.status === frozen) {
    const stopped = yield* waitForClearance(context, job, 'migrate', job, ordinal);
    if (stopped !== null) return ended(stopped);
    again = yield* sendToJob(context, job, 'migrateAgain', 'cancelled', watch);
  }
  if (again.kind === 'accepted') {
    // Another Graph server may still show the end of the previous attempt.
    yield* wait(context, replicationSeconds);
    return yield* watchToEnd(context, job, null, watch);
  }
  const status = yield* cancelAndWait(context, job, 'releaseUsers', watch);
  if (status === 'gone') return newJob;
  if (endsWatch('cancelled', status)) {
    // The end of the job may never have been recorded, and a new job must not move a user twice.
    return (yield* record(context, job, 'previousRun', status))
      ? newJob
      : ended(
          `Graph does not show the users of job ${job.jobId}; no new job was created, because it could move users twice`,
        );
  }
  if (!isUnderWay(status))
    throw new StepFailure(
      `job ${job.jobId} of the previous run could not be cancelled in the status ${status}; check the job in the target tenant`,
    );
  yield* wait(context, replicationSeconds);
  return yield* watchToEnd(context, job, null, watch);
}

/**
 * Reads a job whose users had the outcome `unknown` and records their outcomes. Returns null if
 * users remain open.
 */
function* recordUnknownJob(
  context: OrchestrationContext,
  job: JobRef,
  watch: WatchJob,
): Steps<JobEnd | null> {
  const status = yield* watch(job, 'cancelled', true);
  if (status === 'gone') return newJob;
  if (isUnderWay(status)) return yield* watchToEnd(context, job, null, watch);
  // A job that has not begun to migrate has moved nobody.
  if (!endsWatch('cancelled', status)) return null;
  if (!(yield* record(context, job, 'previousRun', status))) return ended(null);
  const { migrationId, batchId, owner } = job;
  const { open } = yield* call(
    context,
    activities.readPosition,
    { migrationId, batchId, owner },
    positionSchema,
  );
  return open === 0 ? ended(null) : null;
}

/** Looks up the job that an unanswered create may have created. Returns null if there is none. */
export function findPreviousJob(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
): Steps<JobRef | null> {
  return repeatUntilDone(context, findPreviousJobOperation, {
    kind: 'findPrevious',
    migrationId,
    batchId,
    owner,
    lookUps: 0,
    mismatches: 0,
    sight: inSight,
  });
}

const checkTenant =
  '; the job may exist in the target tenant under the name of this batch: check there';

export const findPreviousJobOperation: Operation<JobRef | null, FindPreviousState> = {
  *once(context, state) {
    const { migrationId, batchId, owner } = state;
    const found = yield* call(
      context,
      activities.findPreviousJob,
      { migrationId, batchId, owner },
      findJobResultSchema,
    );
    switch (found.kind) {
      case 'done':
        return { kind: 'done', value: { migrationId, batchId, owner, jobId: found.jobId } };
      case 'notFound': {
        const lookUps = state.lookUps + 1;
        return lookUps >= lookUpsBeforeAbsent
          ? { kind: 'done', value: null }
          : {
              kind: 'again',
              state: { ...state, lookUps, sight: inSight },
              seconds: backoffSeconds(lookUps, 15),
            };
      }
      case 'notSeen': {
        const next = yield* judgeUnseen(context, state, null, found);
        if (next.isOver)
          throw new StepFailure(
            `Graph does not say whether the previous run created a job${checkTenant}`,
          );
        return { kind: 'again', state: { ...state, sight: next.sight }, seconds: next.seconds };
      }
      case 'mismatch':
        return countMismatch(
          state,
          `the job of the previous run cannot be identified: ${found.reason}${checkTenant}`,
        );
    }
  },
  parse: (value) => jobRefSchema.nullable().parse(value),
};
