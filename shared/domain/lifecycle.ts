import type { BatchPhase, PersonNeed } from '../contracts/migration.ts';
import { jobPolicy } from './policies.ts';

/** The job statuses that Graph documents (crossTenantMigrationJobStatus). */
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

/**
 * Returns whether Graph documents a job status. An undocumented status is never treated as final.
 */
export function isJobStatus(status: string): status is JobStatus {
  return (jobStatuses as readonly string[]).includes(status);
}

/** The goals of a watch. */
export type WatchGoal = 'validated' | 'migrated' | 'cancelled';

// `gone` is the app's own word for a job that Graph no longer has.
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
 * Returns whether a watch for `goal` ends at `status` (Graph: validate and migrate method pages). A
 * watch also ends if the goal can no longer be reached: the job was cancelled, deleted or migrated
 * by somebody else.
 */
export function endsWatch(goal: WatchGoal, status: string): boolean {
  return (goal === 'validated' ? validationEnds : finalStatuses).includes(status);
}

/**
 * Returns whether a job in this status has accepted validate. After a 409 or a call without a
 * response, it means that the call took effect.
 */
export function isValidating(status: string): boolean {
  return [
    'validateSubmitted',
    'validateProcessing',
    'validateInProgress',
    'validatePassed',
    'validateFailed',
  ].includes(status);
}

/** Returns whether a validation is running. */
export function isValidationUnderWay(status: string): boolean {
  return ['validateSubmitted', 'validateProcessing', 'validateInProgress'].includes(status);
}

/** Returns whether a job in this status has accepted migrate. */
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

/** Returns whether a job is migrating. */
export function isUnderWay(status: string): boolean {
  return ['processing', 'inProgress', 'cuttingOver', 'adminActionRequired'].includes(status);
}

/** Returns whether a job in this status has accepted cancel. */
export function isCancelling(status: string): boolean {
  return ['pendingCancel', 'cancelled', 'pendingDelete', 'deleted', 'gone'].includes(status);
}

/**
 * The actions that change a job. `renew` validates again when the last validation is more than
 * seven days old.
 */
export type JobAction = 'validate' | 'renew' | 'migrate' | 'cancel' | 'delete';

/**
 * The actions that a job accepts in each status (Migration Orchestrator: running the migration;
 * Graph: method pages). In `processing` and `inProgress` a job accepts `cancel` only before its
 * `completeAfterDateTime`.
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

/** Returns whether a job in this status accepts the action. False for an undocumented status. */
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

/**
 * Returns the phase of a batch for the status of its job. Undefined means that the phase does not
 * change.
 */
export function batchPhaseOf(jobStatus: string): BatchPhase | undefined {
  return phases[jobStatus];
}

/** The workload statuses that Graph documents (crossTenantMigrationServiceStatus). */
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

/** Returns whether Graph documents a workload status. */
export function isServiceStatus(status: string): boolean {
  return (serviceStatuses as readonly string[]).includes(status);
}

const beforeCutover: readonly string[] = ['processing', 'inProgress', 'approved'];

/**
 * Returns why a job in this status needs a person, or null. A job that has not started to cut over
 * a day after its cutover date may have stalled mailboxes, which wait for an approval of skipped
 * items that Graph does not show (Migration Orchestrator). `completeAfterMs` is null if the job has
 * no cutover date.
 */
export function personNeedOf({
  status,
  completeAfterMs,
  nowMs,
}: {
  readonly status: string;
  readonly completeAfterMs: number | null;
  readonly nowMs: number;
}): PersonNeed | null {
  if (status === 'adminActionRequired') return 'adminActionRequired';
  if (!isJobStatus(status)) return 'unknownStatus';
  const late = completeAfterMs !== null && nowMs - completeAfterMs > jobPolicy.lateCutoverMs;
  return late && beforeCutover.includes(status) ? 'notCuttingOver' : null;
}

/** What a person must do for each need. */
export const personNeedSteps: Readonly<Record<PersonNeed, string>> = {
  adminActionRequired:
    'the job waits for an admin: check it in the target tenant; the migration then continues by itself',
  unknownStatus:
    'the job has an undocumented status: check it in the target tenant; the app watches it until it ends',
  notCuttingOver:
    'the cutover is more than a day late: check the data consistency score of the mailboxes (Get-MigrationUser on the target); approve skipped items with Set-MigrationUser -ApproveSkippedItems, or ask Microsoft support if the score is Poor',
  outOfSight:
    'Graph does not show the job: check the job in the target tenant and the permissions of the app; until 30 days after the cutover date the app searches for the job and tries commands',
  invalidUsers:
    'users failed validation: fix their errors and send revalidate, or send revalidate with continueWithout to leave them out',
};
