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
