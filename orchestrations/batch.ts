import type { OrchestrationContext } from 'durable-functions';
import { type BatchRun, batchRunSchema, type JobRef } from '../shared/contracts/activities.ts';
import { endsWatch, isCancelling, isMigrating, isUnderWay, type WatchGoal } from '../shared/domain/jobStatus.ts';
import { accepts } from '../shared/domain/lifecycle.ts';
import { actions } from './actions.ts';
import { createJob } from './createJob.ts';
import { findLeftJob } from './findLeftJob.ts';
import { pass } from './gate.ts';
import { hold } from './hold.ts';
import { obey } from './obey.ts';
import { record } from './recordTasks.ts';
import { sendAction } from './sendAction.ts';
import { patience, StepFailure, type Steps, wait } from './steps.ts';
import { toRecord } from './toRecord.ts';
import { watchUntil } from './watch.ts';

/** Fresh jobs that a batch may take: each one leaves out the users who failed the last validation. */
const maxAttempts = 6;

/** Watches and waits of one run are numbered; the numbers of the next run begin here. */
const ordinalsPerRun = 100_000;

const settleSeconds = 60;

const maxReleases = 10;

/** Our word for a pass that Graph does not honour any more and does not renew. */
const expired = 'expired';

type Watched = (job: JobRef, goal: WatchGoal) => Steps<string>;

/** One run of a batch from its job to its record; never throws. */
export function* batch(context: OrchestrationContext): Steps<{ readonly ok: boolean }> {
  return yield* toRecord(context, batchRunSchema.parse(context.df.getInput()), chain);
}

/** Null when the batch has come to its end, else why it was stopped on the way. */
function* chain(context: OrchestrationContext, input: BatchRun): Steps<string | null> {
  const batch = { migrationId: input.migrationId, batchId: input.batchId };
  let ordinals = (input.run - 1) * ordinalsPerRun;
  const ordinal = (): number => (ordinals += 1);
  const watched: Watched = (job, goal) => watchAndObey(context, job, goal, ordinal);

  const left = input.jobInDoubt ? yield* findLeftJob(context, batch) : input.jobId === null ? null : { ...batch, jobId: input.jobId };
  if (left !== null) {
    const before = yield* takeUp(context, left, input.sameJob, watched, ordinal);
    if (before.kind === 'ended') return before.stopped;
  }
  for (let attempt = input.firstAttempt; attempt < input.firstAttempt + maxAttempts; attempt += 1) {
    const refusal = yield* pass(context, batch, 'create', null, ordinal);
    if (refusal !== null) return refusal;
    const job = yield* createJob(context, batch, attempt);
    if (job === null) return null;

    const validate = yield* sendAction(context, job, 'validate');
    if (validate.kind === 'refused') mustEnd(job, validate.status, 'validated', 'validate');
    let verdict = yield* watched(job, 'validated');

    if (input.validateOnly) {
      yield* record(context, job, 'validateOnly');
      yield* release(context, job, watched);
      return null;
    }
    while (input.hold && verdict === 'validateFailed') {
      yield* record(context, job, 'validated');
      const released = yield* hold(context, job, ordinal);
      if (released.kind === 'continueWithout') break;
      if (released.kind === 'stop') {
        yield* release(context, job, watched);
        yield* record(context, job, 'migrated');
        return released.reason;
      }
      const renewal = yield* sendAction(context, job, 'revalidate');
      if (renewal.kind === 'refused') mustEnd(job, renewal.status, 'validated', 'validate');
      verdict = yield* watched(job, 'validated');
    }
    while (verdict === 'validatePassed') {
      yield* record(context, job, 'validated');
      const objection = yield* pass(context, batch, 'migrate', job, ordinal);
      if (objection !== null) {
        yield* release(context, job, watched);
        yield* record(context, job, 'migrated');
        return objection;
      }
      const migrate = yield* sendAction(context, job, 'migrate');
      if (migrate.kind === 'accepted') break;
      if (migrate.status !== 'validatePassed') {
        mustEnd(job, migrate.status, 'migrated', 'migrate');
        break;
      }
      // The pass is older than seven days: it is renewed, or the job replaced where Graph does not renew it.
      const renewal = yield* sendAction(context, job, 'renew');
      verdict = renewal.kind === 'accepted' ? yield* watched(job, 'validated') : expired;
    }
    if (verdict === 'validateFailed') yield* record(context, job, 'validated');
    if (verdict === 'validateFailed' || verdict === expired) {
      yield* release(context, job, watched);
      continue;
    }
    // Early tenants migrate what is created; where an approval is asked for, that job is taken back.
    const objection = isMigrating(verdict) && accepts(verdict, 'cancel') ? yield* pass(context, batch, 'unasked', job, ordinal) : null;
    if (objection !== null) yield* release(context, job, watched);
    yield* watched(job, 'migrated');
    yield* record(context, job, 'migrated');
    return objection;
  }
  throw new StepFailure(`validation still fails after ${String(maxAttempts)} jobs, each without the users who had failed before`);
}

/**
 * Takes up the job of the run before: it migrates those who failed in it once more where Graph allows that; one that still
 * migrates is watched to its end; any other is let go of, because a user may be in one active job only.
 */
function* takeUp(
  context: OrchestrationContext,
  job: JobRef,
  sameJob: boolean,
  watched: Watched,
  ordinal: () => number,
): Steps<{ readonly kind: 'ended'; readonly stopped: string | null } | { readonly kind: 'freshJob' }> {
  const objection = yield* pass(context, job, sameJob ? 'migrate' : 'create', null, ordinal);
  if (objection !== null) return { kind: 'ended', stopped: objection };
  const again = sameJob ? yield* sendAction(context, job, 'migrateAgain') : null;
  if (again?.kind !== 'accepted') {
    const left = yield* letGo(context, job, 'letGo', watched);
    if (left === null) {
      // What became of it may never have been seen: nobody is moved twice.
      yield* record(context, job, 'takenUp');
      return { kind: 'freshJob' };
    }
    if (!isUnderWay(left)) throw new StepFailure(`job ${job.jobId} of the run before could not be cancelled: it is ${left}; look at it in the target tenant`);
  }
  // Another server may still show the end of the attempt before.
  yield* wait(context, settleSeconds);
  yield* watched(job, 'migrated');
  yield* record(context, job, 'migrated');
  return { kind: 'ended', stopped: null };
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
function* release(context: OrchestrationContext, job: JobRef, watched: Watched): Steps<void> {
  const left = yield* letGo(context, job, 'cancel', watched);
  if (left !== null) throw new StepFailure(`job ${job.jobId} could not be cancelled: it is ${left}; look at it in the target tenant`);
}

/** Null when the job has no users any more, else the status in which it keeps them. Graph may refuse what its status allows: then it is asked again. */
function* letGo(context: OrchestrationContext, job: JobRef, action: 'letGo' | 'cancel', watched: Watched): Steps<string | null> {
  let status = 'unknown';
  for (let tries = 1; tries <= maxReleases; tries += 1) {
    const cancel = yield* sendAction(context, job, action);
    if (cancel.kind === 'accepted') {
      yield* watched(job, 'cancelled');
      return null;
    }
    ({ status } = cancel);
    if (endsWatch('cancelled', status)) return null;
    if (!actions[action].allowed(status)) return status;
    yield* wait(context, patience(tries, 60));
  }
  return status;
}
