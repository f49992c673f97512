import type { ActionName } from '../shared/contracts/orchestrations.ts';
import {
  isCancelling,
  isMigrating,
  isUnderWay,
  isValidating,
  isValidationUnderWay,
} from '../shared/domain/jobStatus.ts';
import { accepts } from '../shared/domain/lifecycle.ts';
import { activities } from './names.ts';

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
  letGo: {
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
