import type { Stores } from '../storage/stores.ts';

/**
 * Notes on the row of a batch whose job Graph does not show that a retry is wanted: the orchestration of the batch takes the job over when it shows
 * again, and replaces it when it is gone. False when the batch has ended, or has no user with the outcome `unknown`. May be called again.
 */
export function askToLook(
  stores: Stores,
  migrationId: string,
  batchId: string,
  commandId: string,
): Promise<boolean> {
  return stores.batches.change(migrationId, batchId, ({ finishedAt, counts }) =>
    finishedAt === null && counts.unknown > 0 ? { retryCommandId: commandId } : undefined,
  );
}
