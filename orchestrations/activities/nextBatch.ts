import type { z } from 'zod';
import { nextBatchInputSchema, type nextBatchResultSchema } from '../../shared/contracts/activities.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { retriesSameJob } from '../../shared/domain/retriesSameJob.ts';
import type { ActivityServices } from './activityServices.ts';
import { storedMigration } from './storedRows.ts';

/** The next batch of a round that a lane takes: the lanes share them by their numbers, so that no two take the same one. */
export async function nextBatch(input: unknown, { stores }: ActivityServices): Promise<z.infer<typeof nextBatchResultSchema>> {
  const { migrationId, round, lane, laneCount, after } = nextBatchInputSchema.parse(input);
  const numberOf = (batchId: string): number => Number(batchId.slice(1));
  const batch = (await stores.batches.list(migrationId)).find(
    (one) => one.round === round && one.finishedAt === null && numberOf(one.batchId) % laneCount === lane && (after === null || numberOf(one.batchId) > numberOf(after)),
  );
  if (batch === undefined) return { kind: 'none' };
  const migration = await storedMigration(stores, migrationId);
  const { batchId, run, attempt, jobId, jobDisplayName } = batch;
  const open: readonly Task[] = (await stores.tasks.listBatch(migrationId, batchId)).filter(({ outcome }) => outcome === null);
  const sameJob = !migration.validateOnly && jobId !== null && retriesSameJob(open, jobId);
  return {
    kind: 'batch',
    batch: { migrationId, batchId, validateOnly: migration.validateOnly, hold: migration.holdHours !== null, run, firstAttempt: attempt + 1, jobId, jobInDoubt: jobId === null && jobDisplayName !== null, sameJob },
  };
}
