import type { BatchRef } from '../../shared/contracts/activities.ts';
import type { Task } from '../../shared/contracts/task.ts';
import type { ActivityServices } from './activityServices.ts';
import { releaseEnded } from './reservations.ts';

/** Writes tasks of a batch, and ends the reservations of those that have an outcome. May run again. */
export async function saveOutcomes(
  batch: BatchRef,
  after: readonly Task[],
  before: readonly Task[],
  services: ActivityServices,
): Promise<void> {
  if (after.length === 0) return;
  await services.stores.tasks.save(after, before);
  await releaseEnded(batch, after, services);
}
