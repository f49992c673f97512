import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { Stores } from '../../shared/storage/stores.ts';

/** A row that the orchestration relies on is not in storage: somebody deleted it. */
export class MissingRowError extends Error {
  override readonly name = 'MissingRowError';
}

/** The migration's row; throws a MissingRowError. */
export async function storedMigration(stores: Stores, migrationId: string): Promise<Migration> {
  const migration = await stores.migrations.get(migrationId);
  if (migration === undefined) throw new MissingRowError(`the table of migrations has no row for ${migrationId}`);
  return migration;
}

/** The batch's row; throws a MissingRowError. */
export async function storedBatch(stores: Stores, migrationId: string, batchId: string): Promise<Batch> {
  const batch = await stores.batches.get(migrationId, batchId);
  if (batch === undefined) throw new MissingRowError(`the table of batches has no row for ${migrationId} ${batchId}`);
  return batch;
}
