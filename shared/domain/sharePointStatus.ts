/** Every status of a SharePoint task that Graph documents (sharePointMigrationTaskStatus). */
export const sharePointStatuses = [
  'notStarted',
  'inProgress',
  'completed',
  'cancelled',
  'failed',
] as const;

/** True for a status of the documented set. */
export function isSharePointStatus(status: string): boolean {
  return (sharePointStatuses as readonly string[]).includes(status);
}

/** True for the statuses after which nothing comes. Whatever is not published is no end. */
export function isSharePointEnd(status: string): boolean {
  return status === 'completed' || status === 'cancelled' || status === 'failed';
}

/** The one workload of a SharePoint task. */
export const sharePointWorkload = 'SharePoint';
