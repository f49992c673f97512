import type { BatchRef } from '../../shared/contracts/activities.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { clusterFailures } from '../../shared/domain/clusterFailures.ts';
import { countOutcomes } from '../../shared/domain/counts.ts';
import { contentHash } from '../../shared/storage/contentHash.ts';
import type { ActivityServices } from './activityServices.ts';

/**
 * Writes on a batch's row how its tasks stand: how many there are and have which outcome, and who fails for which reasons. Writes
 * nothing when the row says so already, nor on a batch that has ended.
 */
export async function keepSums(
  { migrationId, batchId }: BatchRef,
  tasks: readonly Task[],
  { stores, nowMs }: ActivityServices,
  mayFollow: (before: Batch['counts'], after: Batch['counts']) => boolean = () => true,
): Promise<void> {
  const sums = sumsOf(tasks);
  const isNews = (batch: Batch): boolean =>
    contentHash(batch.taskCount, batch.counts, batch.failures) !==
    contentHash(sums.taskCount, sums.counts, sums.failures);
  await stores.batches.updateWhen(
    migrationId,
    batchId,
    (batch) => batch.finishedAt === null && isNews(batch) && mayFollow(batch.counts, sums.counts),
    {
      ...sums,
      updatedAt: new Date(nowMs()).toISOString(),
    },
  );
}

/** The same for a batch whose tasks end one by one, several at a time: who has counted fewer ends does not overwrite who has counted more. */
export async function countAgain(
  { migrationId, batchId }: BatchRef,
  services: ActivityServices,
): Promise<void> {
  const tasks = await services.stores.tasks.listBatch(migrationId, batchId);
  await keepSums(
    { migrationId, batchId },
    tasks,
    services,
    (before, after) => after.pending <= before.pending,
  );
}

/** What a batch's row says of its tasks. */
export function sumsOf(tasks: readonly Task[]): Pick<Batch, 'taskCount' | 'counts' | 'failures'> {
  return {
    taskCount: tasks.length,
    counts: countOutcomes(tasks),
    failures: clusterFailures(tasks),
  };
}
