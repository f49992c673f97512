import { isCancelling, isMigrating, isUnderWay, isValidating, isValidationUnderWay } from '../shared/domain/jobStatus.ts';
import { accepts } from '../shared/domain/lifecycle.ts';
import { activities } from './names.ts';
import type { Action } from './sendAction.ts';

const ended: readonly string[] = ['completed', 'completedWithErrors', 'failed', 'cancelled', 'pendingDelete', 'deleted'];
const isRunning = (status: string): boolean => !ended.includes(status) && status !== 'cuttingOver' && status !== 'pendingCancel';

/** The actions that a batch sends to its job, each with the statuses that allow it and those that show that it was taken. */
export const jobActions = {
  validate: { activity: activities.validateJob, allowed: (status) => accepts(status, 'validate'), accepted: (status) => isValidating(status) || isMigrating(status) },
  /** After a failed validation, which does not count as taken. */
  revalidate: { activity: activities.validateJob, allowed: (status) => accepts(status, 'validate'), accepted: (status) => isValidationUnderWay(status) || status === 'validatePassed' },
  /** A pass that has expired does not count as taken. */
  renew: { activity: activities.validateJob, allowed: (status) => accepts(status, 'renew'), accepted: isValidationUnderWay },
  migrate: { activity: activities.migrateJob, allowed: (status) => accepts(status, 'migrate'), accepted: isMigrating },
  /** After the end of a job, for its users who failed: the end itself does not count as taken. */
  migrateAgain: { activity: activities.migrateJob, allowed: (status) => accepts(status, 'migrate'), accepted: isUnderWay },
  /** Before a fresh job takes its users: a migration that runs is left alone. */
  letGo: { activity: activities.cancelJob, allowed: (status) => accepts(status, 'cancel') && !isUnderWay(status), accepted: isCancelling },
  delete: { activity: activities.deleteJob, allowed: (status) => accepts(status, 'delete'), accepted: (status) => status === 'pendingDelete' || status === 'deleted' },
  cancel: { activity: activities.cancelJob, allowed: (status) => accepts(status, 'cancel'), accepted: isCancelling },
} as const satisfies Readonly<Record<string, Action>>;

/** Moves the earliest cutover of a job that has not cut over. */
export function reschedule(completeAfterDateTime: string | null): Action {
  return { activity: activities.updateJob, allowed: isRunning, accepted: () => false, members: { completeAfterDateTime } };
}

/** Writes into a user's task, where the tenant's API offers it. */
export function updateUser(taskId: string | null, commandId: string): Action {
  return { activity: activities.updateTask, allowed: () => true, accepted: () => false, members: { taskId, commandId } };
}

/** Takes a user out of a job that has not cut over. */
export function cancelUser(taskId: string | null): Action {
  return { activity: activities.cancelTask, allowed: isRunning, accepted: isCancelling, members: { taskId } };
}
