import type { z } from 'zod';
import {
  type answeredSchema,
  batchRefSchema,
  noteTroubleInputSchema,
  type positionSchema,
} from '../../shared/contracts/activities.ts';
import type { ActivityServices } from './activityServices.ts';
import { clearDelay, delayedBy, goOn } from './delayedOperation.ts';
import { storedBatch } from './storedRows.ts';

/** Where a run of a batch stands, as its row says: for a run that goes on as new. */
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
    isInDoubt: jobId === null && jobDisplayName !== null,
    open: open.length,
  };
}

/**
 * Says in the batch's row and in the log that something unexpected has happened, and that the batch goes on; with `isOver`, in the row that this is over.
 * `reason` names the entry of the log that has what it was.
 */
export async function noteTrouble(
  input: unknown,
  { stores, nowMs, warn }: ActivityServices,
): Promise<z.infer<typeof answeredSchema>> {
  const { migrationId, batchId, reason, isOver } = noteTroubleInputSchema.parse(input);
  if (isOver) {
    await clearDelay({ migrationId, batchId }, [goOn], { stores, nowMs });
    return { kind: 'done' };
  }
  warn(
    `${migrationId} ${batchId}: an unexpected error, the batch goes on in five minutes: ${reason}`,
  );
  await stores.batches.change(migrationId, batchId, (row) =>
    row.finishedAt === null
      ? {
          delayedOperation: delayedBy(goOn, reason, row.delayedOperation, nowMs()),
          updatedAt: new Date(nowMs()).toISOString(),
        }
      : undefined,
  );
  return { kind: 'done' };
}
