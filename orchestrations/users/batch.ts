import type { OrchestrationContext } from 'durable-functions';
import {
  doneSchema,
  type BatchRun,
  type JobRef,
  type OwnedBatch,
  positionSchema,
} from '../../shared/contracts/internal/activities.ts';
import type { ActionName, SendResult } from '../../shared/contracts/internal/orchestrations.ts';
import {
  accepts,
  endsWatch,
  isCancelling,
  isJobStatus,
  isMigrating,
  isUnderWay,
  isValidating,
  type WatchGoal,
} from '../../shared/domain/lifecycle.ts';
import { hold, waitForClearance } from '../commands/checkpoint.ts';
import { call, backoffSeconds, StepFailure, type Steps, wait } from '../durable/steps.ts';
import { ownedBatch, runBatchChain } from '../migration/batchRun.ts';
import { activities } from '../names.ts';
import { createJob, findPreviousJob } from './jobCreation.ts';
import { record } from './recordOutcomes.ts';
import { actions, frozen, sendAction } from './sendAction.ts';
import { watchUntil } from './watchJob.ts';

/** Fresh jobs that a batch may take: each one leaves out the users who failed the last validation. */
const maxAttempts = 6;

/** Watches and waits are numbered over all runs of a batch, all starts of a run and all its generations. */
const ordinalsPerRun = 1_000_000_000;
const ordinalsPerStart = 1_000_000;
const ordinalsPerGeneration = 1_000;

const replicationSeconds = 60;

const maxReleases = 10;

/** How often a generation of a batch sends an action to a job that comes and goes. */
const maxSends = 20;

/** Our word for a pass that Graph does not honour any more and does not renew. */
const expired = 'expired';

/** A job that Graph does not show any more, and has not shown in time; its users have the outcome `unknown`. `restarts`: a retry wants a fresh job. */
class UnseenJob extends Error {
  override readonly name = 'LostJob';
  readonly restarts: boolean;

  constructor(job: JobRef, restarts: boolean) {
    super(`Graph does not show job ${job.jobId}`);
    this.restarts = restarts;
  }
}

/** Watches a job until a goal, or with `untilSeen` until Graph shows it at all. Throws a LostJob where that cannot come any more. */
type Watched = (
  job: JobRef,
  goal: WatchGoal,
  untilSeen?: boolean,
  askedSeconds?: number,
) => Steps<string>;

/** What has become of an action; `refused` with `gone`: the job is not there any more, with `frozen`: nothing was sent because of a freeze. */
type Sent = { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly status: string };

/** How a part of the chain has come to its end; `freshJob`: the users who are left go on in another job. */
type End =
  { readonly kind: 'ended'; readonly stopped: string | null } | { readonly kind: 'freshJob' };

const ended = (stopped: string | null): End => ({ kind: 'ended', stopped });
const freshJob: End = { kind: 'freshJob' };

/** One run of a batch from its job to its record. */
export function* batch(context: OrchestrationContext): Steps<{ readonly ok: boolean } | undefined> {
  return yield* runBatchChain(context, chain);
}

/** Null when the batch has come to its end, else why it was stopped on the way. */
function* chain(context: OrchestrationContext, input: BatchRun): Steps<string | null> {
  const { migrationId, batchId } = input;
  const own: OwnedBatch = ownedBatch(input);
  const { owner } = own;
  let ordinals =
    (input.run - 1) * ordinalsPerRun +
    input.restarts * ordinalsPerStart +
    input.generation * ordinalsPerGeneration;
  const ordinal = (): number => (ordinals += 1);
  const watched: Watched = function* (job, goal, untilSeen = false, askedSeconds = 0) {
    const { status, restarts } = yield* watchUntil(context, job, {
      goal,
      ordinal: ordinal(),
      untilSeen,
      isTroubled: input.resumes,
      askedSeconds,
    });
    if (status === 'outOfSight' || (status === 'gone' && goal !== 'cancelled'))
      throw new UnseenJob(job, restarts);
    return status;
  };
  const guarded = function* (job: JobRef, part: Steps<End>): Steps<End> {
    try {
      return yield* part;
    } catch (error) {
      if (!(error instanceof UnseenJob)) throw error;
      if (!error.restarts) return ended(null);
      yield* call(context, activities.reopenTasks, { ...job, outcome: 'unknown' }, doneSchema);
      return freshJob;
    }
  };

  const position = input.resumes
    ? yield* call(context, activities.readPosition, own, positionSchema)
    : null;
  if (position?.isFinished === true) return null;
  // A run that goes on in one of its own attempts has dealt with the job of the run before.
  const goesOn = position !== null && position.attempt >= input.firstAttempt;
  if (!goesOn) {
    const previous = input.isJobUnknown
      ? yield* findPreviousJob(context, own)
      : input.jobId === null
        ? null
        : { migrationId, batchId, owner, jobId: input.jobId };
    const before =
      previous === null
        ? freshJob
        : yield* guarded(previous, handlePreviousJob(context, previous, input, watched, ordinal));
    if (before.kind === 'ended') return before.stopped;
  }
  const first = goesOn ? position.attempt : input.firstAttempt;
  let known: JobRef | null = null;
  if (goesOn)
    known = position.isJobUnknown
      ? yield* findPreviousJob(context, own)
      : position.jobId === null
        ? null
        : { migrationId, batchId, owner, jobId: position.jobId };
  for (let attempt = first; attempt < input.firstAttempt + maxAttempts; attempt += 1) {
    const job: JobRef | string | null = known ?? (yield* freshOne(context, own, attempt, ordinal));
    known = null;
    if (job === null || typeof job === 'string') return job;
    const end = yield* guarded(job, takeThrough(context, job, input, watched, ordinal));
    if (end.kind === 'ended') return end.stopped;
  }
  throw new StepFailure(
    `validation still fails after ${String(maxAttempts)} jobs, each without the users who had failed before`,
  );
}

/** The job of an attempt; null when there is nobody to migrate or Graph never told whether there is a job, a text when the batch was stopped before. */
function* freshOne(
  context: OrchestrationContext,
  batch: OwnedBatch,
  attempt: number,
  ordinal: () => number,
): Steps<JobRef | string | null> {
  const { migrationId, batchId, owner } = batch;
  const refusal = yield* waitForClearance(context, batch, 'create', null, ordinal);
  if (refusal !== null) return refusal;
  const created = yield* createJob(context, { migrationId, batchId, owner }, attempt);
  if (created.kind === 'stopped') return created.reason;
  return created.kind === 'job' ? { migrationId, batchId, owner, jobId: created.jobId } : null;
}

/** Takes a job from its validation to the record of its users, from wherever it stands. */
function* takeThrough(
  context: OrchestrationContext,
  job: JobRef,
  input: BatchRun,
  watched: Watched,
  ordinal: () => number,
): Steps<End> {
  const validate = yield* act(context, job, 'validate', 'validated', watched);
  if (validate.kind === 'refused') mustEnd(job, validate.status, 'validated', 'validate');
  let verdict = yield* watched(job, 'validated');

  if (input.validateOnly) {
    // Early tenants migrate what is created.
    const status = isUnderWay(verdict) ? yield* release(context, job, watched) : verdict;
    if (isUnderWay(status)) return yield* watchToItsEnd(context, job, null, watched);
    if (!(yield* record(context, job, 'validateOnly', status))) return ended(null);
    yield* release(context, job, watched);
    return ended(null);
  }
  while (input.hold && verdict === 'validateFailed') {
    if (!(yield* record(context, job, 'validated', null))) return ended(null);
    const released = yield* hold(context, job, ordinal);
    if (released.kind === 'stop') return yield* stop(context, job, released.reason, watched);
    if (released.kind !== 'revalidate') break;
    const renewal = yield* act(context, job, 'revalidate', 'validated', watched);
    if (renewal.kind === 'refused') mustEnd(job, renewal.status, 'validated', 'validate');
    verdict = yield* watched(job, 'validated');
  }
  while (verdict === 'validatePassed') {
    if (!(yield* record(context, job, 'validated', null))) return ended(null);
    const objection = yield* waitForClearance(context, job, 'migrate', job, ordinal);
    if (objection !== null) return yield* stop(context, job, objection, watched);
    const migrate = yield* act(context, job, 'migrate', 'migrated', watched);
    if (migrate.kind === 'accepted') break;
    // A freeze has come between the gate and here.
    if (migrate.status === frozen) continue;
    if (isValidating(migrate.status) && migrate.status !== 'validatePassed') {
      // Another server may still show what was before the pass: what it shows decides nothing.
      yield* wait(context, replicationSeconds);
      verdict = yield* watched(job, 'validated');
      continue;
    }
    if (migrate.status !== 'validatePassed') {
      mustEnd(job, migrate.status, 'migrated', 'migrate');
      break;
    }
    // The pass is older than seven days: it is renewed, or the job replaced where Graph does not renew it.
    const renewal = yield* act(context, job, 'renew', 'validated', watched);
    verdict = renewal.kind === 'accepted' ? yield* watched(job, 'validated') : expired;
  }
  if (verdict === 'validateFailed' && !(yield* record(context, job, 'validated', null)))
    return ended(null);
  if (verdict === 'validateFailed' || verdict === expired) {
    const status = yield* release(context, job, watched);
    return isUnderWay(status) ? yield* watchToItsEnd(context, job, null, watched) : freshJob;
  }
  // Early tenants migrate what is created; where an approval is asked for, that job is taken back.
  const objection =
    isMigrating(verdict) && accepts(verdict, 'cancel')
      ? yield* waitForClearance(context, job, 'unasked', job, ordinal)
      : null;
  return objection === null
    ? yield* watchToItsEnd(context, job, null, watched)
    : yield* stop(context, job, objection, watched);
}

/** Lets a job go because the batch was stopped, and records what has become of its users. A job that cannot be cancelled any more is watched to its end. */
function* stop(
  context: OrchestrationContext,
  job: JobRef,
  reason: string,
  watched: Watched,
): Steps<End> {
  const status = yield* release(context, job, watched);
  if (isUnderWay(status)) return yield* watchToItsEnd(context, job, reason, watched);
  yield* record(context, job, 'migrated', status);
  return ended(reason);
}

/**
 * Takes up the job of the run before: it migrates those who failed in it once more where Graph allows that; one that still
 * migrates is watched to its end; any other is let go of, because a user may be in one active job only. A fresh job follows only when every
 * user of this one is accounted for.
 */
function* handlePreviousJob(
  context: OrchestrationContext,
  job: JobRef,
  { sameJob, wasUnknown }: BatchRun,
  watched: Watched,
  ordinal: () => number,
): Steps<End> {
  const objection = yield* waitForClearance(
    context,
    job,
    sameJob ? 'migrate' : 'create',
    null,
    ordinal,
  );
  if (objection !== null) return ended(objection);
  if (wasUnknown) {
    const status = yield* watched(job, 'cancelled', true);
    if (status === 'gone') return freshJob;
    if (isUnderWay(status)) return yield* watchToItsEnd(context, job, null, watched);
    // A job that has not begun to migrate has moved nobody, and says nothing of an end.
    if (endsWatch('cancelled', status)) {
      if (!(yield* record(context, job, 'previousRun', status))) return ended(null);
      const { open } = yield* call(
        context,
        activities.readPosition,
        { migrationId: job.migrationId, batchId: job.batchId, owner: job.owner },
        positionSchema,
      );
      if (open === 0) return ended(null);
    }
  }
  let again: Sent = sameJob
    ? yield* act(context, job, 'migrateAgain', 'cancelled', watched)
    : { kind: 'refused', status: '' };
  while (again.kind === 'refused' && again.status === frozen) {
    const stopped = yield* waitForClearance(context, job, 'migrate', job, ordinal);
    if (stopped !== null) return ended(stopped);
    again = yield* act(context, job, 'migrateAgain', 'cancelled', watched);
  }
  if (again.kind === 'accepted') {
    // Another server may still show the end of the attempt before.
    yield* wait(context, replicationSeconds);
    return yield* watchToItsEnd(context, job, null, watched);
  }
  const previous = yield* cancelAndWait(context, job, 'releaseUsers', watched);
  if (previous === 'gone') return freshJob;
  if (endsWatch('cancelled', previous)) {
    // What became of it may never have been seen: nobody is moved twice.
    return (yield* record(context, job, 'previousRun', previous))
      ? freshJob
      : ended(
          `Graph does not show the users of job ${job.jobId}: a fresh job could move them twice`,
        );
  }
  if (!isUnderWay(previous))
    throw new StepFailure(
      `job ${job.jobId} of the run before could not be cancelled: it is ${previous}; look at it in the target tenant`,
    );
  yield* wait(context, replicationSeconds);
  return yield* watchToItsEnd(context, job, null, watched);
}

function* watchToItsEnd(
  context: OrchestrationContext,
  job: JobRef,
  stopped: string | null,
  watched: Watched,
): Steps<End> {
  yield* record(context, job, 'migrated', yield* watched(job, 'migrated'));
  return ended(stopped);
}

/** Sends an action to a job; while Graph does not show the job, nothing is sent and the job is looked for. */
function* act(
  context: OrchestrationContext,
  job: JobRef,
  action: ActionName,
  goal: WatchGoal,
  watched: Watched,
): Steps<Sent> {
  let refusals = 0;
  for (let sends = 1; sends <= maxSends; sends += 1) {
    // The first few follow each other at once: the job was seen a moment ago.
    if (sends > 3) yield* wait(context, backoffSeconds(sends - 3, 15));
    const taken: SendResult = yield* sendAction(context, job, action, refusals);
    if (taken.kind === 'accepted') return { kind: 'accepted' };
    if (taken.kind === 'refused') return taken;
    ({ refusals } = taken);
    const status = yield* watched(job, goal, true, taken.seconds);
    if (status === 'gone') return { kind: 'refused', status };
  }
  // No verdict: the batch says so and goes on as new, with a short history.
  throw new Error(
    `Graph shows job ${job.jobId} and does not find it when it is asked to ${action}`,
  );
}

/** A job that refused an action is worth watching only when it is at its end, on its way there, or says what nobody has published. */
function mustEnd(job: JobRef, status: string, goal: WatchGoal, action: string): void {
  if (endsWatch(goal, status) || isCancelling(status) || isUnderWay(status) || !isJobStatus(status))
    return;
  throw new StepFailure(
    `job ${job.jobId} refused ${action} while it is ${status}; look at it in the target tenant`,
  );
}

/**
 * Cancels a job and waits until it has let go of its users: a user may be in one active job only. Returns the job's last status, or `gone`; one that
 * is under way cannot be cancelled any more.
 */
function* release(context: OrchestrationContext, job: JobRef, watched: Watched): Steps<string> {
  const previous = yield* cancelAndWait(context, job, 'cancel', watched);
  if (previous !== 'gone' && !endsWatch('cancelled', previous) && !isUnderWay(previous))
    throw new StepFailure(
      `job ${job.jobId} could not be cancelled: it is ${previous}; look at it in the target tenant`,
    );
  return previous;
}

/** The status in which a job has let go of its users (or `gone`), else the one in which it keeps them. Graph may refuse what its status allows: then it is asked again. */
function* cancelAndWait(
  context: OrchestrationContext,
  job: JobRef,
  action: 'releaseUsers' | 'cancel',
  watched: Watched,
): Steps<string> {
  let status = 'unknown';
  for (let tries = 1; tries <= maxReleases; tries += 1) {
    const cancel = yield* act(context, job, action, 'cancelled', watched);
    if (cancel.kind === 'accepted') return yield* watched(job, 'cancelled');
    ({ status } = cancel);
    if (endsWatch('cancelled', status) || !actions[action].allowed(status)) return status;
    yield* wait(context, backoffSeconds(tries, 60));
  }
  return status;
}
