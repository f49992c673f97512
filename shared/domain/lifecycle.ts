import type { JobStatus } from './jobStatus.ts';

/** The actions that change a job. */
export type JobAction = 'validate' | 'migrate' | 'cancel' | 'delete';

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
  validatePassed: ['migrate', 'cancel'],
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
