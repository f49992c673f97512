import type { JobAttempt } from '../../shared/contracts/activities.ts';
import { jobName } from '../../shared/domain/jobName.ts';
import { soonestCutover } from '../../shared/domain/soonestCutover.ts';
import type { NewJob } from '../../shared/graph/jobClient.ts';
import type { ActivityServices } from './activityServices.ts';
import { contentHash } from '../../shared/storage/contentHash.ts';
import { storedMigration } from './storedRows.ts';

/**
 * The job that an attempt of a batch stands for: its users without an outcome, under a name derived from that content.
 * The same rows give the same name, whoever asks and however often. `resources` is empty when nobody is left.
 */
export async function intendedJob(
  { migrationId, batchId, attempt }: JobAttempt,
  services: ActivityServices,
): Promise<NewJob> {
  const migration = await storedMigration(services.stores, migrationId);
  const users = (await services.stores.tasks.listOpen(migrationId, batchId)).toSorted();
  const { name, sourceTenantId, workloads, exchangeSettings, completeAfterDateTime } = migration;
  return {
    displayName: jobName({
      name,
      batchId,
      attempt,
      contentHash: contentHash(migrationId, batchId, attempt, sourceTenantId, workloads, users),
    }),
    sourceTenantId,
    completeAfterDateTime: soonestCutover(completeAfterDateTime, services.nowMs()),
    workloads,
    ...(exchangeSettings !== null && workloads.includes('Exchange') ? { exchangeSettings } : {}),
    resources: users,
  };
}
