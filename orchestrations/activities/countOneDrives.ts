import type { JobRef } from '../../shared/contracts/activities.ts';
import type { ActivityServices } from './activityServices.ts';
import { storedMigration } from './storedRows.ts';

/**
 * Counts the OneDrives of a job among the moves of the source before the job migrates. A job does not wait for room: how many
 * of them are in flight is limited by their number. What it takes is missing for SharePoint tasks until its batch has ended.
 */
export async function countOneDrives({ migrationId, batchId }: JobRef, { stores }: ActivityServices): Promise<void> {
  const { workloads } = await storedMigration(stores, migrationId);
  if (!workloads.includes('ODSP')) return;
  const open = await stores.tasks.listOpen(migrationId, batchId);
  if (open.length > 0) await stores.slots.hold({ migrationId, batchId, taskId: null }, open.length, Infinity);
}
