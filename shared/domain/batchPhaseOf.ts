import type { BatchPhase } from '../contracts/phase.ts';

const phases: Readonly<Record<string, BatchPhase>> = {
  submitted: 'creating',
  validateSubmitted: 'validating',
  validateProcessing: 'validating',
  validateInProgress: 'validating',
  validatePassed: 'validating',
  validateFailed: 'validating',
  approved: 'syncing',
  processing: 'syncing',
  inProgress: 'syncing',
  cuttingOver: 'cuttingOver',
  pendingCancel: 'cancelling',
  cancelled: 'cancelling',
  completed: 'recording',
  completedWithErrors: 'recording',
  failed: 'recording',
};

/** The phase that a job's status means for its batch; undefined for a status that does not say (the phase stays). */
export function batchPhaseOf(jobStatus: string): BatchPhase | undefined {
  return phases[jobStatus];
}
