import type { BatchPhase } from '../contracts/migration.ts';

/** Every status of a job that Graph documents (crossTenantMigrationJobStatus). */
export const jobStatuses = [
  'submitted',
  'approved',
  'validateSubmitted',
  'validateProcessing',
  'validateInProgress',
  'validatePassed',
  'validateFailed',
  'processing',
  'inProgress',
  'cuttingOver',
  'completed',
  'completedWithErrors',
  'failed',
  'cancelled',
  'pendingCancel',
  'adminActionRequired',
  'pendingDelete',
  'deleted',
] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** True for a status of the documented set; anything else is kept as it came and never taken for an end. */
export function isJobStatus(status: string): status is JobStatus {
  return (jobStatuses as readonly string[]).includes(status);
}

/** What a watch waits for. `gone` stands for a job that Graph does not know any more. */
export type WatchGoal = 'validated' | 'migrated' | 'cancelled';

const finalStatuses: readonly string[] = [
  'completed',
  'completedWithErrors',
  'failed',
  'cancelled',
  'pendingDelete',
  'deleted',
  'gone',
];
const validationEnds: readonly string[] = [
  ...finalStatuses,
  'validatePassed',
  'validateFailed',
  'processing',
  'inProgress',
  'cuttingOver',
];

/**
 * True when a watch for `goal` may end at `status` (Graph: validate and migrate method pages). A watch also ends where
 * the goal cannot be reached any more: a cancelled job, a deleted one, or one that somebody else moved on.
 */
export function endsWatch(goal: WatchGoal, status: string): boolean {
  return (goal === 'validated' ? validationEnds : finalStatuses).includes(status);
}

/** True for the statuses of a job that has accepted validate: a 409 or a lost answer then means that it took effect. */
export function isValidating(status: string): boolean {
  return [
    'validateSubmitted',
    'validateProcessing',
    'validateInProgress',
    'validatePassed',
    'validateFailed',
  ].includes(status);
}

/** True while a validation runs: a pass of an earlier one does not count. */
export function isValidationUnderWay(status: string): boolean {
  return ['validateSubmitted', 'validateProcessing', 'validateInProgress'].includes(status);
}

/** True for the statuses of a job that has accepted migrate. */
export function isMigrating(status: string): boolean {
  return [
    'processing',
    'inProgress',
    'cuttingOver',
    'completed',
    'completedWithErrors',
    'adminActionRequired',
  ].includes(status);
}

/** True while a job migrates: not before, and not after its end. */
export function isUnderWay(status: string): boolean {
  return ['processing', 'inProgress', 'cuttingOver', 'adminActionRequired'].includes(status);
}

/** True for the statuses of a job that has accepted cancel. */
export function isCancelling(status: string): boolean {
  return ['pendingCancel', 'cancelled', 'pendingDelete', 'deleted', 'gone'].includes(status);
}

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

/** Every status of a workload of a user that Graph documents (crossTenantMigrationServiceStatus). */
export const serviceStatuses = [
  'notStarted',
  'valid',
  'invalid',
  'error',
  'inProgress',
  'completed',
  'failed',
  'cancelled',
  'pendingCancel',
  'syncing',
  'synced',
  'finalizing',
  'forceComplete',
] as const;

/** True for a status of the documented set; anything else is kept as it came. */
export function isServiceStatus(status: string): boolean {
  return (serviceStatuses as readonly string[]).includes(status);
}
