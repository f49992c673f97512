import type { OrchestrationContext } from 'durable-functions';
import {
  actionResultSchema,
  inSight,
  type JobRef,
  pollJobResultSchema,
} from '../../shared/contracts/internal/activities.ts';
import {
  type ActionName,
  type SendState,
  type SendResult,
  sendResultSchema,
} from '../../shared/contracts/internal/orchestrations.ts';
import {
  accepts,
  isCancelling,
  isJobStatus,
  isMigrating,
  isUnderWay,
  isValidating,
  isValidationUnderWay,
} from '../../shared/domain/lifecycle.ts';
import { type Operation, repeatUntilDone } from '../durable/repeatUntilDone.ts';
import { call, backoffSeconds, StepFailure, type Steps } from '../durable/steps.ts';
import { activities } from '../names.ts';

/** An action on a job as an activity sends it. */
export interface Action {
  readonly activity: string;
  /** True for a status that lets the action through: nothing is ever sent that the lifecycle forbids. */
  readonly allowed: (status: string) => boolean;
  /** True for a status that says that the action has taken effect, by us or by somebody else. */
  readonly accepted: (status: string) => boolean;
}

const ended: readonly string[] = [
  'completed',
  'completedWithErrors',
  'failed',
  'cancelled',
  'pendingDelete',
  'deleted',
];
const isRunning = (status: string): boolean =>
  !ended.includes(status) && status !== 'cuttingOver' && status !== 'pendingCancel';

/** The actions that are sent to a job. */
export const actions: Readonly<Record<ActionName, Action>> = {
  validate: {
    activity: activities.validateJob,
    allowed: (status) => accepts(status, 'validate'),
    accepted: (status) => isValidating(status) || isMigrating(status),
  },
  /** After a failed validation, which does not count as taken. */
  revalidate: {
    activity: activities.validateJob,
    allowed: (status) => accepts(status, 'validate'),
    accepted: (status) => isValidationUnderWay(status) || status === 'validatePassed',
  },
  /** A pass that has expired does not count as taken. */
  renew: {
    activity: activities.validateJob,
    allowed: (status) => accepts(status, 'renew'),
    accepted: isValidationUnderWay,
  },
  migrate: {
    activity: activities.migrateJob,
    allowed: (status) => accepts(status, 'migrate'),
    accepted: isMigrating,
  },
  /** After the end of a job, for its users who failed: the end itself does not count as taken. */
  migrateAgain: {
    activity: activities.migrateJob,
    allowed: (status) => accepts(status, 'migrate'),
    accepted: isUnderWay,
  },
  /** Before a fresh job takes its users: a migration that runs is left alone. */
  releaseUsers: {
    activity: activities.cancelJob,
    allowed: (status) => accepts(status, 'cancel') && !isUnderWay(status),
    accepted: isCancelling,
  },
  delete: {
    activity: activities.deleteJob,
    allowed: (status) => accepts(status, 'delete'),
    accepted: (status) => status === 'pendingDelete' || status === 'deleted',
  },
  cancel: {
    activity: activities.cancelJob,
    allowed: (status) => accepts(status, 'cancel'),
    accepted: isCancelling,
  },
  /** Moves the earliest cutover of a job that has not cut over. */
  reschedule: { activity: activities.updateJob, allowed: isRunning, accepted: () => false },
  /** Writes into a user's task, where the tenant's API offers it. */
  updateUser: { activity: activities.updateTask, allowed: () => true, accepted: () => false },
  /** Takes a user out of a job that has not cut over. */
  cancelUser: { activity: activities.cancelTask, allowed: isRunning, accepted: isCancelling },
};

/** Answers by which what an action is about is not there, before that is believed: what was just created may not be visible everywhere for a minute. */
const pollsBeforeGone = 5;

/** Refusals of a validation that the job's status does not explain, before they are believed. */
const maxUnexplained = 5;

/** Looks that show a status that nobody has published, before it is taken for one that stays: about a day. */
const maxUnpublished = 30;

/** Our word in the place of a status: nothing was sent because of a freeze. */
export const frozen = 'frozen';

export const sendOperation: Operation<SendResult, SendState> = {
  *once(context, state, tries) {
    const again = (seconds: number, changes: Partial<SendState> = {}) =>
      ({
        kind: 'again',
        state: { ...state, ...changes },
        seconds: backoffSeconds(tries, seconds),
      }) as const;
    const taken = (value: SendResult) => ({ kind: 'done', value }) as const;
    const { migrationId, batchId, owner, jobId, members } = state;
    const action = actions[state.action];
    const read = yield* call(
      context,
      activities.pollJob,
      {
        migrationId,
        batchId,
        owner,
        jobId,
        lastStatus: null,
        lastNeed: null,
        waiterId: null,
        sight: inSight,
        completeAfterMs: null,
      },
      pollJobResultSchema,
    );
    if (read.kind === 'notSeen')
      return taken(
        read.deleted
          ? { kind: 'refused', status: 'gone' }
          : { kind: 'notSeen', refusals: state.refusals, seconds: read.seconds },
      );
    if (read.kind === 'ended') throw new StepFailure('the batch has ended');
    const { status } = read;
    if (action.accepted(status)) return taken({ kind: 'accepted' });
    // Nothing follows from a status that nobody has published: it may be over soon.
    if (state.refused && !isJobStatus(status) && state.unpublished < maxUnpublished)
      return again(60, {
        unpublished: state.unpublished + 1,
        reason: `the job is ${status}, which nobody has published`,
      });
    // A refusal that the status does not explain may come from a server that is ahead: the status is read again for a while.
    const isUnexplained =
      state.refused && action.allowed(status) && action.activity === activities.validateJob;
    if (isUnexplained && state.refusals < maxUnexplained) return again(60, { refused: false });
    if (state.refused || (isJobStatus(status) && !action.allowed(status)))
      return taken({ kind: 'refused', status });
    if (!isJobStatus(status))
      return again(60, { reason: `the job is ${status}, which nobody has published` });

    const sent = yield* call(
      context,
      action.activity,
      { migrationId, batchId, owner, jobId, ...members, delayed: tries > 1 },
      actionResultSchema,
    );
    switch (sent.kind) {
      case 'done':
        return taken({ kind: 'accepted' });
      case 'rejected':
        // A job that is not let go of may go on: what follows is decided by its status.
        if (state.action === 'cancel' || state.action === 'releaseUsers')
          return taken({ kind: 'refused', status });
        throw new StepFailure(`Graph refused ${action.activity}: ${sent.reason}`);
      case 'retryAfter':
        return again(sent.seconds);
      case 'frozen':
        return taken({ kind: 'refused', status: frozen });
      case 'conflict':
        return {
          kind: 'again',
          state: { ...state, refused: true, refusals: state.refusals + 1 },
          seconds: 0,
        };
      case 'notFound': {
        // The job is there, what the action is about may not be visible yet.
        const missing = state.missing + 1;
        return missing >= pollsBeforeGone
          ? taken({ kind: 'notSeen', refusals: state.refusals, seconds: 0 })
          : again(15, { missing });
      }
      case 'unknown':
        return again(Math.max(15, sent.seconds), { reason: sent.reason });
    }
  },
  parse: (value) => sendResultSchema.parse(value),
};

/**
 * Sends an action to a job until Graph has taken it. The job is read before anything is sent, and again after a refusal or a
 * lost answer. `refused` carries the status that stood in the way, or `frozen` where the next step is to wait at the gate; a status that nobody has published is waited out. `notSeen`: nothing was sent,
 * because Graph does not show the job; `refusals` is to be given to the next call then, so that a job that comes and goes is not asked for ever.
 */
export function sendAction(
  context: OrchestrationContext,
  { migrationId, batchId, owner, jobId }: JobRef,
  action: ActionName,
  refusals = 0,
): Steps<SendResult> {
  return repeatUntilDone(context, sendOperation, {
    kind: 'send',
    migrationId,
    batchId,
    owner,
    jobId,
    action,
    members: {},
    refused: false,
    refusals,
    unpublished: 0,
    missing: 0,
    reason: 'no answer',
  });
}
