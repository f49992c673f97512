import type { OrchestrationContext } from 'durable-functions';
import { finishBatchResultSchema, type JobRef, type RecordStage, recordTasksResultSchema } from '../shared/contracts/activities.ts';
import { type BatchInput, batchInputSchema } from '../shared/contracts/orchestrations.ts';
import { endsWatch, isCancelling, isMigrating, type WatchGoal } from '../shared/domain/jobStatus.ts';
import { createJob } from './createJob.ts';
import { pass } from './gate.ts';
import { jobActions } from './jobActions.ts';
import { activities } from './names.ts';
import { obey } from './obey.ts';
import { sendAction } from './sendAction.ts';
import { call, patience, reasonOf, StepFailure, type Steps, wait } from './steps.ts';
import { watchUntil } from './watch.ts';

/** Fresh jobs that a batch may take: each one leaves out the users who failed the last validation. */
const maxAttempts = 6;

/** Our word for a pass that Graph does not honour any more and does not renew. */
const expired = 'expired';

/** One batch from its first job to its record; never throws. */
export function* batch(context: OrchestrationContext): Steps<{ readonly ok: boolean }> {
  const input = batchInputSchema.parse(context.df.getInput());
  const { migrationId, batchId } = input;
  let failure: string | null = null;
  let stopped: string | null = null;
  try {
    stopped = yield* chain(context, input);
  } catch (error) {
    failure = reasonOf(error);
  }
  try {
    yield* call(context, activities.finishBatch, { migrationId, batchId, failure, stopped }, finishBatchResultSchema);
    return { ok: failure === null };
  } catch {
    // The record could not be written in an hour; the migration's summary tries again for every batch without an end.
    return { ok: false };
  }
}

/** Null when the batch has come to its end, else why it was stopped on the way. */
function* chain(context: OrchestrationContext, input: BatchInput): Steps<string | null> {
  const batch = { migrationId: input.migrationId, batchId: input.batchId };
  let ordinals = 0;
  const ordinal = (): number => (ordinals += 1);
  const watched = (job: JobRef, goal: WatchGoal): Steps<string> => watchAndObey(context, job, goal, ordinal);

  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const refusal = yield* pass(context, batch, 'create', null, ordinal);
    if (refusal !== null) return refusal;
    const job = yield* createJob(context, input, attempt);
    if (job === null) return null;

    const validate = yield* sendAction(context, job, jobActions.validate);
    if (validate.kind === 'refused') mustEnd(job, validate.status, 'validated', 'validate');
    let verdict = yield* watched(job, 'validated');

    if (input.validateOnly) {
      yield* record(context, job, 'validateOnly');
      yield* release(context, job, watched);
      return null;
    }
    while (verdict === 'validatePassed') {
      yield* record(context, job, 'validated');
      const objection = yield* pass(context, batch, 'migrate', job, ordinal);
      if (objection !== null) {
        yield* release(context, job, watched);
        yield* record(context, job, 'migrated');
        return objection;
      }
      const migrate = yield* sendAction(context, job, jobActions.migrate);
      if (migrate.kind === 'accepted') break;
      if (migrate.status !== 'validatePassed') {
        mustEnd(job, migrate.status, 'migrated', 'migrate');
        break;
      }
      // The pass is older than seven days: it is renewed, or the job replaced where Graph does not renew it.
      const renewal = yield* sendAction(context, job, jobActions.renew);
      verdict = renewal.kind === 'accepted' ? yield* watched(job, 'validated') : expired;
    }
    if (verdict === 'validateFailed') yield* record(context, job, 'validated');
    if (verdict === 'validateFailed' || verdict === expired) {
      yield* release(context, job, watched);
      continue;
    }
    yield* watched(job, 'migrated');
    yield* record(context, job, 'migrated');
    return null;
  }
  throw new StepFailure(`validation still fails after ${String(maxAttempts)} jobs, each without the users who had failed before`);
}

/** Watches a job until the goal, and carries out on the way whatever is asked of the batch. */
function* watchAndObey(context: OrchestrationContext, job: JobRef, goal: WatchGoal, ordinal: () => number): Steps<string> {
  for (;;) {
    const { status, commands } = yield* watchUntil(context, job, goal, ordinal());
    if (!commands) return status;
    yield* obey(context, job, job);
  }
}

/** A job that refused an action is worth watching only when it is at its end or on its way there. */
function mustEnd(job: JobRef, status: string, goal: WatchGoal, action: string): void {
  if (endsWatch(goal, status) || isCancelling(status)) return;
  throw new StepFailure(`job ${job.jobId} refused ${action} while it is ${status}; look at it in the target tenant`);
}

/** Cancels a job and waits until it has let go of its users: a user may be in one active job only. */
function* release(
  context: OrchestrationContext,
  job: JobRef,
  watched: (job: JobRef, goal: WatchGoal) => Steps<string>,
): Steps<void> {
  const cancel = yield* sendAction(context, job, jobActions.cancel);
  if (cancel.kind === 'refused' && cancel.status !== 'gone' && isMigrating(cancel.status)) {
    throw new StepFailure(`job ${job.jobId} could not be cancelled: it is ${cancel.status}; look at it in the target tenant`);
  }
  yield* watched(job, 'cancelled');
}

/** Writes what the job says of every user into storage. */
function* record(context: OrchestrationContext, job: JobRef, stage: RecordStage): Steps<void> {
  for (let tries = 1; tries <= 60; tries += 1) {
    const recorded = yield* call(context, activities.recordTasks, { ...job, stage, lastDigest: null }, recordTasksResultSchema);
    if (recorded.kind === 'done') return;
    if (recorded.kind === 'rejected') throw new StepFailure(`Graph refused to list the users of job ${job.jobId}: ${recorded.reason}`);
    yield* wait(context, patience(tries, recorded.seconds));
  }
  throw new StepFailure(`the users of job ${job.jobId} could not be listed in 60 tries`);
}
