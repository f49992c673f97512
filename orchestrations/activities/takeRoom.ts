import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { ActivityServices } from './activityServices.ts';
import { storedBatch } from './storedRows.ts';

/**
 * Takes room for the OneDrives of a batch among the moves that the source may have queued, over all migrations; false while there is
 * none. A batch that has its room keeps it until its end. One that is larger than all the room there is goes when nothing else does.
 */
export async function takeRoom(
  { workloads, validateOnly }: Migration,
  { migrationId, batchId }: Batch,
  { stores, maxQueuedMoves }: ActivityServices,
): Promise<boolean> {
  if (validateOnly || !workloads.includes('ODSP')) return true;
  const open = await stores.tasks.listOpen(migrationId, batchId);
  if (open.length === 0) return true;
  if (
    (await stores.slots.hold(
      { migrationId, batchId, taskId: null },
      Math.min(open.length, maxQueuedMoves),
      maxQueuedMoves,
    )) === undefined
  )
    return false;
  // An instance that stood still may take it after the batch has ended. The end is on the row before the room is given back.
  if ((await storedBatch(stores, migrationId, batchId)).finishedAt !== null)
    await stores.slots.releaseBatch(migrationId, batchId);
  return true;
}
