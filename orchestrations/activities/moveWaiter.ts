import type { Batch } from '../../shared/contracts/migration.ts';
import type { ActivityServices } from './activityServices.ts';

/**
 * Puts down whose bell a command for the batch rings. One of the tasks is enough, because whoever is woken obeys for all of
 * them; the place is free again when that task has ended.
 */
export async function becomeWaiter(
  { migrationId, batchId, waiterId: current }: Batch,
  waiterId: string,
  { stores }: ActivityServices,
): Promise<void> {
  // A wait at the gate is over once tasks are under way.
  if (current === null || /-g\d+$/.test(current))
    await stores.batches.update(migrationId, batchId, { waiterId });
}

/** Frees the place of a task that has ended. */
export async function stopWaiting(
  { migrationId, batchId }: Pick<Batch, 'migrationId' | 'batchId'>,
  waiterId: string,
  { stores }: ActivityServices,
): Promise<void> {
  await stores.batches.updateWhen(migrationId, batchId, (batch) => batch.waiterId === waiterId, {
    waiterId: null,
  });
}
