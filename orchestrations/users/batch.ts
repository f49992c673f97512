import type { OrchestrationContext } from 'durable-functions';
import {
  type BatchRun,
  doneSchema,
  type JobRef,
  type OwnedBatch,
  positionSchema,
} from '../../shared/contracts/internal/batch.ts';
import { accepts, isMigrating, isUnderWay, isValidating } from '../../shared/domain/lifecycle.ts';
import { hold, waitForClearance } from '../commands/checkpoint.ts';
import { call, StepFailure, type Steps, wait } from '../durable/steps.ts';
import { ownedBatch, runBatchChain } from '../migration/lane.ts';
import { activities } from '../names.ts';
import {
  cancel,
  checkRefusal,
  ended,
  type JobEnd,
  newJob,
  replicationSeconds,
  sendToJob,
  UnseenJob,
  type WatchJob,
  watchToEnd,
} from './jobSteps.ts';
import { createJob, findPreviousJob, record } from './operation.ts';
import { handlePreviousJob } from './previousJob.ts';
import { frozen } from './sendAction.ts';
import { watchUntil } from './watchJob.ts';

/**
 * New jobs that one run of a batch may create. Each leaves out the users who failed validation in
 * the one before.
 */
const maxAttempts = 6;

/**
 * Watches and checkpoints are numbered over all runs of a batch, all restarts of a run and all its
 * generations.
 */
const ordinalsPerRun = 1_000_000_000;
const ordinalsPerRestart = 1_000_000;
const ordinalsPerGeneration = 1_000;

/** The verdict on a validation that is older than seven days and that Graph does not renew. */
const expired = 'expired';

/** Runs a batch of users once: from its job to the outcomes of its users. */
export function* batch(context: OrchestrationContext): Steps<{ readonly ok: boolean } | undefined> {
  return yield* runBatchChain(context, chain);
}

/** Returns null if the batch has run to its end, otherwise why it was stopped. */
function* chain(context: OrchestrationContext, input: BatchRun): Steps<string | null> {
  const own: OwnedBatch = ownedBatch(input);
  let ordinals =
    (input.run - 1) * ordinalsPerRun +
    input.restarts * ordinalsPerRestart +
    input.generation * ordinalsPerGeneration;
  const ordinal = (): number => (ordinals += 1);
  const watch: WatchJob = function* (job, goal, untilSeen = false, askedSeconds = 0) {
    const { status, needsNewJob } = yield* watchUntil(context, job, {
      goal,
      ordinal: ordinal(),
      untilSeen,
      isTroubled: input.resumes,
      askedSeconds,
    });
    if (status === 'outOfSight' || (status === 'gone' && goal !== 'cancelled'))
      throw new UnseenJob(job, needsNewJob);
    return status;
  };

  const position = input.resumes
    ? yield* call(context, activities.readPosition, own, positionSchema)
    : null;
  if (position?.isFinished === true) return null;
  // The job of the previous run was handled before the first attempt of this run began.
  const isInAttempt = position !== null && position.attempt >= input.firstAttempt;
  if (!isInAttempt) {
    const previousJob = yield* knownJob(context, own, input);
    if (previousJob !== null) {
      const end = yield* handleUnseen(
        context,
        previousJob,
        handlePreviousJob(context, previousJob, input, watch, ordinal),
      );
      if (end.kind === 'ended') return end.stopped;
    }
  }
  let known = isInAttempt ? yield* knownJob(context, own, position) : null;
  const first = isInAttempt ? position.attempt : input.firstAttempt;
  for (let attempt = first; attempt < input.firstAttempt + maxAttempts; attempt += 1) {
    const job: JobRef | string | null =
      known ?? (yield* createNextJob(context, own, attempt, ordinal));
    known = null;
    if (job === null || typeof job === 'string') return job;
    const end = yield* handleUnseen(context, job, runJob(context, job, input, watch, ordinal));
    if (end.kind === 'ended') return end.stopped;
  }
  throw new StepFailure(
    `validation still fails after ${String(maxAttempts)} jobs, each without the users who failed in the one before; check the errors of the users`,
  );
}

/** Returns the job that a row or an input names, or looks it up if its id is not known. */
function* knownJob(
  context: OrchestrationContext,
  batch: OwnedBatch,
  { jobId, isJobUnknown }: Pick<BatchRun, 'jobId' | 'isJobUnknown'>,
): Steps<JobRef | null> {
  const known = isJobUnknown ? yield* findPreviousJob(context, batch) : jobId;
  return known === null ? null : { ...batch, jobId: known };
}

/**
 * Runs the steps of a job. If Graph stops showing the job, the batch ends, or continues with a new
 * job for a retry.
 */
function* handleUnseen(
  context: OrchestrationContext,
  job: JobRef,
  steps: Steps<JobEnd>,
): Steps<JobEnd> {
  try {
    return yield* steps;
  } catch (error) {
    if (!(error instanceof UnseenJob)) throw error;
    if (!error.needsNewJob) return ended(null);
    yield* call(context, activities.reopenTasks, { ...job, outcome: 'unknown' }, doneSchema);
    return newJob;
  }
}

/**
 * Creates the job of an attempt. Returns null if no user is left to migrate or if Graph does not
 * say whether the job exists, and a reason if the batch was stopped first.
 */
function* createNextJob(
  context: OrchestrationContext,
  batch: OwnedBatch,
  attempt: number,
  ordinal: () => number,
): Steps<JobRef | string | null> {
  const objection = yield* waitForClearance(context, batch, 'create', null, ordinal);
  if (objection !== null) return objection;
  const created = yield* createJob(context, batch, attempt);
  if (created.kind === 'stopped') return created.reason;
  return created.kind === 'job' ? { ...batch, jobId: created.jobId } : null;
}

/**
 * Runs a job from validation to the outcomes of its users. Steps that the job has behind it are
 * skipped.
 */
function* runJob(
  context: OrchestrationContext,
  job: JobRef,
  input: BatchRun,
  watch: WatchJob,
  ordinal: () => number,
): Steps<JobEnd> {
  const validate = yield* sendToJob(context, job, 'validate', 'validated', watch);
  if (validate.kind === 'refused') checkRefusal(job, validate.status, 'validated', 'validate');
  let verdict = yield* watch(job, 'validated');

  if (input.validateOnly) return yield* endValidateOnly(context, job, verdict, watch);
  while (input.hold && verdict === 'validateFailed') {
    if (!(yield* record(context, job, 'validated', null))) return ended(null);
    const decision = yield* hold(context, job, ordinal);
    if (decision.kind === 'stop') return yield* stopJob(context, job, decision.reason, watch);
    if (decision.kind === 'newJob') return yield* replaceJob(context, job, watch);
    if (decision.kind !== 'revalidate') break;
    const renewal = yield* sendToJob(context, job, 'revalidate', 'validated', watch);
    if (renewal.kind === 'refused') checkRefusal(job, renewal.status, 'validated', 'validate');
    verdict = yield* watch(job, 'validated');
  }
  while (verdict === 'validatePassed') {
    if (!(yield* record(context, job, 'validated', null))) return ended(null);
    const objection = yield* waitForClearance(context, job, 'migrate', job, ordinal);
    if (objection !== null) return yield* stopJob(context, job, objection, watch);
    const migrate = yield* sendToJob(context, job, 'migrate', 'migrated', watch);
    if (migrate.kind === 'accepted') break;
    // A freeze began after the checkpoint.
    if (migrate.status === frozen) continue;
    if (isValidating(migrate.status) && migrate.status !== 'validatePassed') {
      // Another Graph server may still show a status from before the validation passed.
      yield* wait(context, replicationSeconds);
      verdict = yield* watch(job, 'validated');
      continue;
    }
    if (migrate.status !== 'validatePassed') {
      checkRefusal(job, migrate.status, 'migrated', 'migrate');
      break;
    }
    // The validation is older than seven days. Graph renews it, or the job is replaced.
    const renewal = yield* sendToJob(context, job, 'renew', 'validated', watch);
    verdict = renewal.kind === 'accepted' ? yield* watch(job, 'validated') : expired;
  }
  if (verdict === 'validateFailed' && !(yield* record(context, job, 'validated', null)))
    return ended(null);
  if (verdict === 'validateFailed' || verdict === expired)
    return yield* replaceJob(context, job, watch);
  // In some tenants a job migrates as soon as it is created. Without the required approval it is
  // cancelled.
  const objection =
    isMigrating(verdict) && accepts(verdict, 'cancel')
      ? yield* waitForClearance(context, job, 'selfStarted', job, ordinal)
      : null;
  return objection === null
    ? yield* watchToEnd(context, job, null, watch)
    : yield* stopJob(context, job, objection, watch);
}

/**
 * Cancels a job so that a new one includes its open users. A job that can no longer be cancelled
 * runs to its end.
 */
function* replaceJob(context: OrchestrationContext, job: JobRef, watch: WatchJob): Steps<JobEnd> {
  const status = yield* cancel(context, job, watch);
  return isUnderWay(status) ? yield* watchToEnd(context, job, null, watch) : newJob;
}

/**
 * Records the outcomes of a validation and cancels the job, because the request asks for no
 * migration.
 */
function* endValidateOnly(
  context: OrchestrationContext,
  job: JobRef,
  verdict: string,
  watch: WatchJob,
): Steps<JobEnd> {
  // In some tenants a job migrates as soon as it is created.
  const status = isUnderWay(verdict) ? yield* cancel(context, job, watch) : verdict;
  if (isUnderWay(status)) return yield* watchToEnd(context, job, null, watch);
  if (!(yield* record(context, job, 'validateOnly', status))) return ended(null);
  yield* cancel(context, job, watch);
  return ended(null);
}

/**
 * Cancels the job of a stopped batch and records the outcomes. A job that can no longer be
 * cancelled runs to its end.
 */
function* stopJob(
  context: OrchestrationContext,
  job: JobRef,
  reason: string,
  watch: WatchJob,
): Steps<JobEnd> {
  const status = yield* cancel(context, job, watch);
  if (isUnderWay(status)) return yield* watchToEnd(context, job, reason, watch);
  yield* record(context, job, 'migrated', status);
  return ended(reason);
}
