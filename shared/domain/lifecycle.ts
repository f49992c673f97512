import { isJobStatus, type JobStatus } from './jobStatus.ts';

/** The actions that change a job. `renew` is validate once more, for a pass older than seven days. */
export type JobAction = 'validate' | 'renew' | 'migrate' | 'cancel' | 'delete';

/**
 * Which action a job accepts in which status (Migration Orchestrator: running the migration; Graph: method pages).
 * `cancel` from `processing` and `inProgress` holds only before `completeAfterDateTime`.
 */
export const lifecycle: Readonly<Record<JobStatus, readonly JobAction[]>> = {
  submitted: ['validate', 'cancel'],
  approved: ['cancel'],
  validateSubmitted: ['cancel'],
  validateProcessing: ['cancel'],
  validateInProgress: ['cancel'],
  validatePassed: ['migrate', 'cancel', 'renew'],
  validateFailed: ['validate', 'cancel'],
  processing: ['cancel'],
  inProgress: ['cancel'],
  cuttingOver: [],
  completed: ['delete'],
  completedWithErrors: ['migrate', 'delete'],
  failed: ['migrate', 'delete'],
  cancelled: ['delete'],
  pendingCancel: [],
  adminActionRequired: ['cancel'],
  pendingDelete: [],
  deleted: [],
};

/** True when a job in this status accepts the action; never for a status that nobody has published. */
export function accepts(status: string, action: JobAction): boolean {
  return isJobStatus(status) && lifecycle[status].includes(action);
}
