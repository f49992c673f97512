import { isCancelling, isMigrating, isValidating, isValidationUnderWay } from '../shared/domain/jobStatus.ts';
import { accepts } from '../shared/domain/lifecycle.ts';
import { activities } from './names.ts';
import type { Action } from './sendAction.ts';

const ended: readonly string[] = ['completed', 'completedWithErrors', 'failed', 'cancelled', 'pendingDelete', 'deleted'];
const isRunning = (status: string): boolean => !ended.includes(status) && status !== 'cuttingOver' && status !== 'pendingCancel';

/** The actions that a batch sends to its job, each with the statuses that allow it and those that show that it was taken. */
export const jobActions = {
  validate: { activity: activities.validateJob, allowed: (status) => accepts(status, 'validate'), accepted: (status) => isValidating(status) || isMigrating(status) },
  /** A pass that has expired does not count as taken. */
  renew: { activity: activities.validateJob, allowed: (status) => accepts(status, 'renew'), accepted: isValidationUnderWay },
  migrate: { activity: activities.migrateJob, allowed: (status) => accepts(status, 'migrate'), accepted: isMigrating },
  cancel: { activity: activities.cancelJob, allowed: (status) => accepts(status, 'cancel'), accepted: isCancelling },
} as const satisfies Readonly<Record<string, Action>>;

/** Moves the earliest cutover of a job that has not cut over. */
export function reschedule(completeAfterDateTime: string | null): Action {
  return { activity: activities.updateJob, allowed: isRunning, accepted: () => false, members: { completeAfterDateTime } };
}

/** Takes a user out of a job that has not cut over. */
export function cancelUser(taskId: string | null): Action {
  return { activity: activities.cancelTask, allowed: isRunning, accepted: isCancelling, members: { taskId } };
}
