import type { z } from 'zod';
import {
  nextBatchInputSchema,
  type nextBatchResultSchema,
} from '../../shared/contracts/internal/batch.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { hasStarted } from '../../shared/domain/batchStates.ts';
import { needsNewJob } from '../../shared/domain/outcomes.ts';
import {
  type ActivityServices,
  audited,
  storedBatch,
  storedMigration,
} from '../activityServices.ts';

/**
 * Returns true if the job that holds these users may migrate them again: they were in the job when
 * it migrated, and none of their errors needs a new job.
 */
function retriesSameJob(tasks: readonly Task[], jobId: string): boolean {
  return tasks.every((task) => task.jobId === jobId && !needsNewJob(task));
}

const restarted = 'the orchestration of the batch stopped; a new one continues it';

/**
 * Returns the next batch for a lane, of the request or of the command that added batches. Lanes
 * share the batches by number, so that no two lanes run the same one. With `resumes` the batch gets
 * a new owner, and its previous orchestration has no effect any more.
 */
export async function nextBatch(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof nextBatchResultSchema>> {
  const { migrationId, runCommandId, lane, laneCount, after, resumes } =
    nextBatchInputSchema.parse(input);
  const { stores } = services;
  const numberOf = (batchId: string): number => Number(batchId.slice(1));
  const found = (await stores.batches.list(migrationId)).find(
    (one) =>
      one.runCommandId === runCommandId &&
      one.finishedAt === null &&
      numberOf(one.batchId) % laneCount === lane &&
      (after === null || numberOf(one.batchId) > numberOf(after)),
  );
  if (found === undefined) return { kind: 'none' };
  const batch = resumes ? await withNewOwner(found, services) : found;
  const migration = await storedMigration(stores, migrationId);
  const { batchId, run, restarts, firstAttempt, jobId, jobDisplayName } = batch;
  const tasks = await stores.tasks.listBatch(migrationId, batchId);
  const open = tasks.filter(({ outcome }) => outcome === null);
  const sameJob =
    !migration.validateOnly &&
    jobId !== null &&
    open.length > 0 &&
    retriesSameJob(open, jobId) &&
    !tasks.some((task) => isOutsideRun(task, jobId));
  return {
    kind: 'batch',
    batch: {
      migrationId,
      batchId,
      validateOnly: migration.validateOnly,
      hold: migration.holdHours !== null,
      run,
      restarts,
      firstAttempt,
      jobId,
      isJobUnknown: jobId === null && jobDisplayName !== null,
      sameJob,
      wasUnknown: open.some(({ outcomeBefore }) => outcomeBefore === 'unknown'),
      resumes: resumes && hasStarted(found),
      generation: 0,
    },
  };
}

/**
 * Returns true if a job that migrates again would move a user who is not in this run, because
 * another migration has reserved or moved them.
 */
function isOutsideRun(task: Task, jobId: string): boolean {
  return (
    task.jobId === jobId &&
    (task.outcome === 'failed' || task.outcome === 'invalid' || task.outcome === 'unknown')
  );
}

/**
 * Assigns a new owner, identified by the number of restarts. If the activity runs twice, a number
 * is skipped, which is harmless.
 */
async function withNewOwner(
  { migrationId, batchId }: Batch,
  services: ActivityServices,
): Promise<Batch> {
  const { stores, nowMs } = services;
  const updatedAt = new Date(nowMs()).toISOString();
  await stores.batches.change(migrationId, batchId, (batch) =>
    batch.finishedAt === null
      ? {
          restarts: batch.restarts + 1,
          ...(hasStarted(batch) ? { message: batch.message ?? restarted } : {}),
          updatedAt,
        }
      : undefined,
  );
  const batch = await storedBatch(stores, migrationId, batchId);
  if (hasStarted({ ...batch, restarts: batch.restarts - 1 })) {
    await audited(
      {
        migrationId,
        batchId,
        jobId: batch.jobId,
        eventId: `restart/${batchId}/${String(batch.run)}/${String(batch.restarts)}`,
        type: 'batch.restarted',
      },
      services,
    );
  }
  return batch;
}
