import type { OrchestrationContext } from 'durable-functions';
import {
  type BatchRun,
  type JobRef,
  positionSchema,
} from '../../shared/contracts/internal/batch.ts';
import { endsWatch, isUnderWay } from '../../shared/domain/lifecycle.ts';
import { waitForClearance } from '../commands/checkpoint.ts';
import { call, StepFailure, type Steps, wait } from '../durable/steps.ts';
import { activities } from '../names.ts';
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
import { record } from './operation.ts';
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
