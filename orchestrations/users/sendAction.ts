import type { OrchestrationContext } from 'durable-functions';
import type { z } from 'zod';
import { inSight, type JobRef } from '../../shared/contracts/internal/batch.ts';
import {
  type ActionName,
  type SendResult,
  type SendState,
} from '../../shared/contracts/internal/operations.ts';
import { actionResultSchema, pollJobResultSchema } from '../../shared/contracts/internal/users.ts';
import {
  accepts,
  isCancelling,
  isJobStatus,
  isMigrating,
  isUnderWay,
  isValidating,
  isValidationUnderWay,
} from '../../shared/domain/lifecycle.ts';
import { jobPolicy } from '../../shared/domain/policies.ts';
import { type TryResult, call, backoffSeconds, StepFailure, type Steps } from '../durable/steps.ts';
import { activities } from '../names.ts';

/** An action on a job. */
export interface Action {
  readonly activity: string;
  /**
   * Returns true for a status in which the lifecycle allows the action. Otherwise it is not sent.
   */
  readonly allowed: (status: string) => boolean;
  /**
   * Returns true for a status that shows that the action has taken effect, also if another app
   * requested it.
   */
  readonly accepted: (status: string) => boolean;
}

/** Stands for a status if nothing was sent because of a freeze. */
export const frozen = 'frozen';

/** Reads the current state of a job, with no earlier poll to compare it with. */
export function* readJob(
  context: OrchestrationContext,
  { migrationId, batchId, owner, jobId }: JobRef,
): Steps<z.infer<typeof pollJobResultSchema>> {
  return yield* call(
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
}

/**
 * Tries to send an action to a job. The job is read before anything is sent, and again after a
 * refusal or a call without a response. An undocumented status is waited out.
 */
export function* trySend(
  context: OrchestrationContext,
  state: SendState,
  tries: number,
): Steps<TryResult<SendResult, SendState>> {
  const again = (seconds: number, changes: Partial<SendState> = {}) =>
    ({
      kind: 'again',
      state: { ...state, ...changes },
      seconds: backoffSeconds(tries, seconds),
    }) as const;
  const done = (value: SendResult) => ({ kind: 'done', value }) as const;
  const { migrationId, batchId, owner, jobId } = state;
  const action = actions[state.action];
  const read = yield* readJob(context, state);
  if (read.kind === 'notSeen')
    return done(
      read.isDeleted
        ? { kind: 'refused', status: 'gone' }
        : { kind: 'notSeen', refusals: state.refusals, seconds: read.seconds },
    );
  if (read.kind === 'ended') throw new StepFailure('the batch has ended');
  const { status } = read;
  if (action.accepted(status)) return done({ kind: 'accepted' });
  // An undocumented status may be temporary.
  if (
    state.isRefused &&
    !isJobStatus(status) &&
    state.undocumentedChecks < jobPolicy.maxUndocumented
  )
    return again(jobPolicy.otherStatusSeconds, {
      undocumentedChecks: state.undocumentedChecks + 1,
    });
  // The refusal may come from a Graph server with a newer status, so the status is read again.
  const isUnexplained =
    state.isRefused && action.allowed(status) && action.activity === activities.validateJob;
  if (isUnexplained && state.refusals < jobPolicy.maxUnexplained)
    return again(jobPolicy.otherStatusSeconds, { isRefused: false });
  if (state.isRefused || (isJobStatus(status) && !action.allowed(status)))
    return done({ kind: 'refused', status });
  if (!isJobStatus(status)) return again(jobPolicy.otherStatusSeconds);

  const sent = yield* call(
    context,
    action.activity,
    { migrationId, batchId, owner, jobId, delayed: tries > 1 },
    actionResultSchema,
  );
  switch (sent.kind) {
    case 'done':
      return done({ kind: 'accepted' });
    case 'rejected':
      // The job may continue although it was to be cancelled. Its status decides what follows.
      if (state.action === 'cancel' || state.action === 'releaseUsers')
        return done({ kind: 'refused', status });
      throw new StepFailure(`Graph refused ${action.activity}: ${sent.reason}`);
    case 'retryAfter':
      return again(sent.seconds);
    case 'frozen':
      return done({ kind: 'refused', status: frozen });
    case 'conflict':
      return {
        kind: 'again',
        state: { ...state, isRefused: true, refusals: state.refusals + 1 },
        seconds: 0,
      };
    case 'notFound': {
      // The job was read, so this may be a Graph server that does not show it yet.
      const notFounds = state.notFounds + 1;
      return notFounds >= jobPolicy.maxNotFounds
        ? done({ kind: 'notSeen', refusals: state.refusals, seconds: 0 })
        : again(jobPolicy.notFoundSeconds, { notFounds });
    }
    case 'unknown':
      return again(Math.max(jobPolicy.unansweredSeconds, sent.seconds));
  }
}

const endStatuses: readonly string[] = [
  'completed',
  'completedWithErrors',
  'failed',
  'cancelled',
  'pendingDelete',
  'deleted',
];
const isBeforeCutover = (status: string): boolean =>
  !endStatuses.includes(status) && status !== 'cuttingOver' && status !== 'pendingCancel';

/** The actions that can be sent to a job. */
export const actions: Readonly<Record<ActionName, Action>> = {
  validate: {
    activity: activities.validateJob,
    allowed: (status) => accepts(status, 'validate'),
    accepted: (status) => isValidating(status) || isMigrating(status),
  },
  /** Validates again after a failed validation. The failed one does not count as accepted. */
  revalidate: {
    activity: activities.validateJob,
    allowed: (status) => accepts(status, 'validate'),
    accepted: (status) => isValidationUnderWay(status) || status === 'validatePassed',
  },
  /** Validates again after a validation has expired. The expired one does not count as accepted. */
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
  /**
   * Migrates failed users again after the end of the job. The end itself does not count as
   * accepted.
   */
  migrateAgain: {
    activity: activities.migrateJob,
    allowed: (status) => accepts(status, 'migrate'),
    accepted: isUnderWay,
  },
  /**
   * Cancels a job before a new job includes its users. A migration that is under way is not
   * cancelled.
   */
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
  /** Changes the earliest cutover of a job that has not cut over. */
  reschedule: {
    activity: activities.updateJob,
    allowed: isBeforeCutover,
    accepted: () => false,
  },
  /** Updates a user's task, if the tenant's API supports that. */
  updateUser: { activity: activities.updateTask, allowed: () => true, accepted: () => false },
  /** Removes a user from a job that has not cut over. */
  cancelUser: {
    activity: activities.cancelTask,
    allowed: isBeforeCutover,
    accepted: isCancelling,
  },
};
