import type { z } from 'zod';
import {
  batchRefSchema,
  type doneSchema,
  noteTroubleInputSchema,
  type positionSchema,
} from '../../shared/contracts/internal/batch.ts';
import { type ActivityServices, storedBatch } from '../activityServices.ts';
import { clearDelay, delayedBy, continueBatch } from '../batchStatus.ts';

/** Returns where a run of a batch stands according to its row, for a run that continues as new. */
export async function readPosition(
  input: unknown,
  { stores }: ActivityServices,
): Promise<z.infer<typeof positionSchema>> {
  const { migrationId, batchId } = batchRefSchema.parse(input);
  const { attempt, jobId, jobDisplayName, finishedAt } = await storedBatch(
    stores,
    migrationId,
    batchId,
  );
  const open = await stores.tasks.listOpen(migrationId, batchId);
  return {
    isFinished: finishedAt !== null,
    attempt,
    jobId,
    isJobUnknown: jobId === null && jobDisplayName !== null,
    open: open.length,
  };
}

/**
 * Writes an unexpected error to the batch's row and to the log. The batch continues after a wait.
 * `reason` refers to the log entry with the error. With `isOver`, removes the error from the row.
 */
export async function noteTrouble(
  input: unknown,
  { stores, nowMs, warn }: ActivityServices,
): Promise<z.infer<typeof doneSchema>> {
  const { migrationId, batchId, reason, isOver } = noteTroubleInputSchema.parse(input);
  if (isOver) {
    await clearDelay({ migrationId, batchId }, [continueBatch], { stores, nowMs });
    return { kind: 'done' };
  }
  warn(
    `${migrationId} ${batchId}: unexpected error; the batch continues in five minutes: ${reason}`,
  );
  await stores.batches.change(migrationId, batchId, (row) =>
    row.finishedAt === null
      ? {
          delayedOperation: delayedBy(continueBatch, reason, row.delayedOperation, nowMs()),
          updatedAt: new Date(nowMs()).toISOString(),
        }
      : undefined,
  );
  return { kind: 'done' };
}
