import type { OrchestrationContext } from 'durable-functions';
import type { BatchRun, JobRef, OwnedBatch } from '../../shared/contracts/internal/batch.ts';
import type { ActionName } from '../../shared/contracts/internal/operations.ts';
import type { RecordStage } from '../../shared/contracts/internal/users.ts';
import {
  endsWatch,
  isCancelling,
  isJobStatus,
  isUnderWay,
  type WatchGoal,
} from '../../shared/domain/lifecycle.ts';
import { jobPolicy } from '../../shared/domain/policies.ts';
import { backoffSeconds, StepFailure, type Steps, wait } from '../durable/steps.ts';
import { record, sendAction } from './operation.ts';
import { actions } from './sendAction.ts';
import { watchUntil } from './watchJob.ts';

/** What one generation of a batch knows. Each step reads it and writes what it has found. */
export interface Run {
  readonly context: OrchestrationContext;
  readonly input: BatchRun;
  readonly batch: OwnedBatch;
  /** Returns a number for a sub-orchestration that no other one of the batch has. */
  readonly ordinal: () => number;
  /** The number of the current job or, without a job, of the next one. */
  attempt: number;
  jobId: string | null;
  /** Whether the job is the one of the previous run. */
  isPrevious: boolean;
  /** The status of the job at the end of the last watch. */
  status: string;
  /** Why the run ends early; null if nothing has stopped it. */
  stopped: string | null;
}

/**
 * Graph does not show a job and did not show it again in time. Its users have the outcome
 * `unknown`. `goneForRetry`: a retry asks for a new job.
 */
interface Unseen {
  readonly kind: 'outOfSight' | 'goneForRetry';
}

/** The status of a job, or `gone`. */
type Seen = { readonly kind: 'seen'; readonly status: string } | Unseen;

/** Whether a job has accepted an action; if not, the status that it had, or `gone` or `frozen`. */
type Sent =
  { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly status: string } | Unseen;

/** Returns the job of a run. */
export function jobOf({ batch, jobId }: Run): JobRef {
  if (jobId === null) throw new Error('the run has no job');
  return { ...batch, jobId };
}

/** Watches the job until a goal, or with `untilSeen` until Graph shows the job. */
export function* watchJob(
  run: Run,
  goal: WatchGoal,
  untilSeen = false,
  askedSeconds = 0,
): Steps<Seen> {
  const { status, needsNewJob } = yield* watchUntil(run.context, jobOf(run), {
    goal,
    ordinal: run.ordinal(),
    untilSeen,
    isTroubled: run.input.resumes,
    askedSeconds,
  });
  if (status !== 'outOfSight' && (status !== 'gone' || goal === 'cancelled'))
    return { kind: 'seen', status };
  // A job that is out of sight was not stopped: its users have the outcome `unknown`.
  run.stopped = null;
  return { kind: needsNewJob ? 'goneForRetry' : 'outOfSight' };
}

/** Sends an action to the job. While Graph does not show the job, nothing is sent. */
export function* sendToJob(run: Run, action: ActionName, goal: WatchGoal): Steps<Sent> {
  const { context } = run;
  const job = jobOf(run);
  let refusals = 0;
  for (let sends = 1; sends <= jobPolicy.maxSends; sends += 1) {
    const waits = sends - jobPolicy.maxSendsAtOnce;
    if (waits > 0) yield* wait(context, backoffSeconds(waits, jobPolicy.sendAgainSeconds));
    const sent = yield* sendAction(context, job, action, refusals);
    if (sent.kind !== 'notSeen') return sent;
    ({ refusals } = sent);
    const seen = yield* watchJob(run, goal, true, sent.seconds);
    if (seen.kind !== 'seen') return seen;
    if (seen.status === 'gone') return { kind: 'refused', status: 'gone' };
  }
  // This is no verdict: the batch continues as new, with a short history.
  throw new Error(`Graph shows job ${job.jobId} but returns "not found" for the action ${action}`);
}

/**
 * Throws a StepFailure if a job that refused an action is neither at its end nor on its way there.
 */
export function checkRefusal(run: Run, status: string, goal: WatchGoal, action: ActionName): void {
  if (endsWatch(goal, status) || isCancelling(status) || isUnderWay(status) || !isJobStatus(status))
    return;
  throw new StepFailure(
    `job ${jobOf(run).jobId} refused ${action} in the status ${status}; check the job in the target tenant`,
  );
}

/**
 * Sends validate to the job and returns `sent`, also if the job has its validation behind it.
 * Throws a StepFailure if the job cannot be validated.
 */
export function* sendValidation(
  run: Run,
  action: 'validate' | 'revalidate',
): Steps<'sent' | Unseen['kind']> {
  const sent = yield* sendToJob(run, action, 'validated');
  if (sent.kind === 'refused') checkRefusal(run, sent.status, 'validated', 'validate');
  return sent.kind === 'accepted' || sent.kind === 'refused' ? 'sent' : sent.kind;
}

/**
 * Cancels the job and waits until its users are free, because a user can be in one active job only.
 * A job that is under way can no longer be cancelled. Any other status is a verdict.
 */
export function* cancelJob(run: Run): Steps<'cancelled' | 'underWay' | Unseen['kind']> {
  const ended = yield* cancelAndWait(run, 'cancel');
  if (ended.kind !== 'seen') return ended.kind;
  const { status } = ended;
  run.status = status;
  if (isUnderWay(status)) return 'underWay';
  if (endsWatch('cancelled', status)) return 'cancelled';
  throw new StepFailure(
    `job ${jobOf(run).jobId} could not be cancelled in the status ${status}; check the job in the target tenant`,
  );
}

/**
 * Returns the status in which the job has ended, or `gone`; otherwise the status in which it cannot
 * be cancelled. Repeats a cancel that Graph refuses although the status allows it.
 */
export function* cancelAndWait(run: Run, action: 'releaseUsers' | 'cancel'): Steps<Seen> {
  let status = 'unknown';
  for (let tries = 1; tries <= jobPolicy.maxCancels; tries += 1) {
    const sent = yield* sendToJob(run, action, 'cancelled');
    if (sent.kind === 'accepted') return yield* watchJob(run, 'cancelled');
    if (sent.kind !== 'refused') return sent;
    ({ status } = sent);
    if (endsWatch('cancelled', status) || !actions[action].allowed(status)) break;
    yield* wait(run.context, backoffSeconds(tries, jobPolicy.cancelAgainSeconds));
  }
  return { kind: 'seen', status };
}

/**
 * Records the outcomes of the job's users.
 * @param jobStatus the status with which the job has ended; null if it has not ended
 */
export function* recordUsers(
  run: Run,
  stage: RecordStage,
  jobStatus: string | null,
): Steps<'recorded' | 'notRecorded'> {
  return (yield* record(run.context, jobOf(run), stage, jobStatus)) ? 'recorded' : 'notRecorded';
}
