import type { z } from 'zod';
import {
  nextBatchInputSchema,
  type nextBatchResultSchema,
} from '../../shared/contracts/internal/migration.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { hasStarted } from '../../shared/domain/batches.ts';
import { needsNewJob } from '../../shared/domain/outcomes.ts';
import {
  type ActivityServices,
  audited,
  storedBatch,
  storedMigration,
} from '../activityServices.ts';

/**
 * Whether the job that holds these users may migrate them once more: they were in it when it migrated, and none of their
 * errors asks for another job.
 */
export function retriesSameJob(tasks: readonly Task[], jobId: string): boolean {
  return tasks.every((task) => task.jobId === jobId && !needsNewJob(task));
}

const restarted = 'the orchestration of the batch had stopped; a new one goes on with it';

/**
 * The next batch of a round, or of the request, that a lane takes: the lanes share them by their numbers, so that no two take the same one. With
 * `resumes` the batch gets a new owner: whatever still runs it from before has no effect from here on.
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
    !tasks.some((task) => staysBehind(task, jobId));
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

/** Whether a job that migrates once more would move a user who is not in the run: another migration has them, or has moved them. */
function staysBehind(task: Task, jobId: string): boolean {
  return (
    task.jobId === jobId &&
    (task.outcome === 'failed' || task.outcome === 'invalid' || task.outcome === 'unknown')
  );
}

/** The number of restarts names the owner. An activity that runs twice leaves a number out, which does no harm. */
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
