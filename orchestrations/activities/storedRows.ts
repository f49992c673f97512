import { isDeepStrictEqual } from 'node:util';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { Stores } from '../../shared/storage/stores.ts';

/** A row that the orchestration relies on is not in storage: somebody deleted it. */
export class MissingRowError extends Error {
  override readonly name = 'MissingRowError';
}

/** The migration's row; throws a MissingRowError. */
export async function storedMigration(stores: Stores, migrationId: string): Promise<Migration> {
  const migration = await stores.migrations.get(migrationId);
  if (migration === undefined)
    throw new MissingRowError(`the table of migrations has no row for ${migrationId}`);
  return migration;
}

/** A row is no longer as it was read: what was made out of it does not hold. The activity that throws it is called again. */
export class ChangedMeanwhileError extends Error {
  override readonly name = 'ChangedMeanwhileError';
}

/** Merges into a migration's row what was made out of it and of its batches; throws a ChangedMeanwhileError where the row is another one by now. */
export async function replaceMigration(
  stores: Stores,
  migration: Migration,
  changes: Partial<Omit<Migration, 'id' | 'acceptedAt'>>,
): Promise<void> {
  // The place of the last outcome event says nothing about the batches: it may change at any time.
  const isWritten = await stores.migrations.change(migration.id, (now) =>
    isDeepStrictEqual({ ...now, auditHead: null }, { ...migration, auditHead: null })
      ? changes
      : undefined,
  );
  if (!isWritten)
    throw new ChangedMeanwhileError(
      `the row of migration ${migration.id} has changed since it was read`,
    );
}

/** The batch's row; throws a MissingRowError. */
export async function storedBatch(
  stores: Stores,
  migrationId: string,
  batchId: string,
): Promise<Batch> {
  const batch = await stores.batches.get(migrationId, batchId);
  if (batch === undefined)
    throw new MissingRowError(`the table of batches has no row for ${migrationId} ${batchId}`);
  return batch;
}
