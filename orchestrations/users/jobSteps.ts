import type { OrchestrationContext } from 'durable-functions';
import type { JobRef } from '../../shared/contracts/internal/batch.ts';
import type { ActionName, SendResult } from '../../shared/contracts/internal/operations.ts';
import {
  endsWatch,
  isCancelling,
  isJobStatus,
  isUnderWay,
  type WatchGoal,
} from '../../shared/domain/lifecycle.ts';
import { backoffSeconds, StepFailure, type Steps, wait } from '../durable/steps.ts';
import { record, sendAction } from './operation.ts';
import { actions } from './sendAction.ts';

/** Time for a change to become visible on every Graph server. */
export const replicationSeconds = 60;

/**
 * How often a job that Graph shows only now and then receives the same action before the batch
 * continues as new.
 */
const maxSends = 20;

/** How often Graph may refuse to cancel a job whose status allows it. */
const maxCancels = 10;

/**
 * Watches a job until a goal, or with `untilSeen` until Graph shows the job. Returns the job's last
 * status. Throws an UnseenJob if Graph does not show the job in time.
 */
export type WatchJob = (
  job: JobRef,
  goal: WatchGoal,
  untilSeen?: boolean,
  askedSeconds?: number,
) => Steps<string>;

/**
 * Graph no longer shows a job and did not show it again in time. Its users have the outcome
 * `unknown`. `needsNewJob`: a retry asks for a new job.
 */
export class UnseenJob extends Error {
  override readonly name = 'UnseenJob';
  readonly needsNewJob: boolean;

  constructor(job: JobRef, needsNewJob: boolean) {
    super(`Graph does not show job ${job.jobId}`);
    this.needsNewJob = needsNewJob;
  }
}

/**
 * How the steps of a job have ended: with the end of the batch's run (`stopped`: why it ended
 * early), or with users who need a new job.
 */
export type JobEnd =
  { readonly kind: 'ended'; readonly stopped: string | null } | { readonly kind: 'newJob' };

export const ended = (stopped: string | null): JobEnd => ({ kind: 'ended', stopped });
export const newJob: JobEnd = { kind: 'newJob' };

/** Whether a job has accepted an action; if not, the status that it had, or `gone` or `frozen`. */
export type Accepted =
  { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly status: string };

/** Sends an action to a job. While Graph does not show the job, nothing is sent. */
export function* sendToJob(
  context: OrchestrationContext,
  job: JobRef,
  action: ActionName,
  goal: WatchGoal,
  watch: WatchJob,
): Steps<Accepted> {
  let refusals = 0;
  for (let sends = 1; sends <= maxSends; sends += 1) {
    // The first tries follow at once, because the watch has just seen the job.
    if (sends > 3) yield* wait(context, backoffSeconds(sends - 3, 15));
    const sent: SendResult = yield* sendAction(context, job, action, refusals);
    if (sent.kind === 'accepted') return { kind: 'accepted' };
    if (sent.kind === 'refused') return sent;
    ({ refusals } = sent);
    const status = yield* watch(job, goal, true, sent.seconds);
    if (status === 'gone') return { kind: 'refused', status };
  }
  // This is no verdict: the batch continues as new, with a short history.
  throw new Error(`Graph shows job ${job.jobId} but returns "not found" for the action ${action}`);
}

/**
 * Throws a StepFailure if a job that refused an action is neither at its end nor on its way there.
 */
export function checkRefusal(job: JobRef, status: string, goal: WatchGoal, action: string): void {
  if (endsWatch(goal, status) || isCancelling(status) || isUnderWay(status) || !isJobStatus(status))
    return;
  throw new StepFailure(
    `job ${job.jobId} refused ${action} in the status ${status}; check the job in the target tenant`,
  );
}

/**
 * Cancels a job and waits until its users are free, because a user can be in one active job only.
 * Returns the job's last status, or `gone`. A job that is under way can no longer be cancelled.
 */
export function* cancel(
  context: OrchestrationContext,
  job: JobRef,
  watch: WatchJob,
): Steps<string> {
  const status = yield* cancelAndWait(context, job, 'cancel', watch);
  if (status !== 'gone' && !endsWatch('cancelled', status) && !isUnderWay(status))
    throw new StepFailure(
      `job ${job.jobId} could not be cancelled in the status ${status}; check the job in the target tenant`,
    );
  return status;
}

/**
 * Returns the status in which a job has ended, or `gone`; otherwise the status in which it cannot
 * be cancelled. Repeats a cancel that Graph refuses although the status allows it.
 */
export function* cancelAndWait(
  context: OrchestrationContext,
  job: JobRef,
  action: 'releaseUsers' | 'cancel',
  watch: WatchJob,
): Steps<string> {
  let status = 'unknown';
  for (let tries = 1; tries <= maxCancels; tries += 1) {
    const sent = yield* sendToJob(context, job, action, 'cancelled', watch);
    if (sent.kind === 'accepted') return yield* watch(job, 'cancelled');
    ({ status } = sent);
    if (endsWatch('cancelled', status) || !actions[action].allowed(status)) return status;
    yield* wait(context, backoffSeconds(tries, 60));
  }
  return status;
}

/** Watches a job to its end and records the outcomes of its users. */
export function* watchToEnd(
  context: OrchestrationContext,
  job: JobRef,
  stopped: string | null,
  watch: WatchJob,
): Steps<JobEnd> {
  yield* record(context, job, 'migrated', yield* watch(job, 'migrated'));
  return ended(stopped);
}
