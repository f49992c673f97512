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
