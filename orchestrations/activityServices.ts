import { isDeepStrictEqual } from 'node:util';
import type { AuditEntry } from '../shared/contracts/audit.ts';
import { ownedBatchSchema, supersededSchema } from '../shared/contracts/internal/batch.ts';
import type { Batch, Migration } from '../shared/contracts/migration.ts';
import { isOwner } from '../shared/domain/batchStates.ts';
import type { JobClient } from '../shared/graph/jobs.ts';
import type { SharePointClient } from '../shared/graph/sharePointTasks.ts';
import type { Stores } from '../shared/storage/stores.ts';

/** The services that every activity receives. */
export interface ActivityServices {
  readonly stores: Stores;
  readonly jobs: JobClient;
  /** Absent if the app is not configured for SharePoint requests. */
  readonly sharePoint?: SharePointClient;
  /**
   * The most OneDrives and sites of the source that may be queued or moving at a time, over all
   * migrations.
   */
  readonly maxQueuedMoves: number;
  /** The most batches of one migration that may be in flight at a time. */
  readonly maxParallelBatches: number;
  /** Whether the configuration says that the tenant's API offers writes to user tasks. */
  readonly userTaskWrites: boolean;
  /** Writes a warning to the log. The text must not name people. */
  readonly warn: (text: string) => void;
  /** Returns the current time in epoch milliseconds. */
  readonly nowMs: () => number;
}

/**
 * An activity. It parses its own input, because an older version may have written the history that
 * the input comes from.
 */
export type Activity = (input: unknown, services: ActivityServices) => Promise<object>;

/**
 * Appends to the audit trail what the app did with a batch's job. `eventId` is the same each time
 * the activity repeats.
 */
export async function audited(
  {
    migrationId,
    ...entry
  }: { readonly migrationId: string } & Pick<AuditEntry, 'eventId' | 'type' | 'batchId' | 'jobId'> &
    Partial<AuditEntry>,
  { stores, nowMs }: Pick<ActivityServices, 'stores' | 'nowMs'>,
): Promise<void> {
  await stores.audit.append(migrationId, {
    at: new Date(nowMs()).toISOString(),
    by: null,
    taskId: null,
    detail: null,
    ...entry,
  });
}

/**
 * Wraps an activity so that it does nothing for a superseded orchestration. If the orchestration of
 * a batch is terminated from outside, a new one replaces it; what is still running of the old one
 * must not act as well.
 */
export function fenced(activity: Activity): Activity {
  return async (input, services) => {
    const { migrationId, batchId, owner } = ownedBatchSchema.parse(input);
    if (owner !== null) {
      const batch = await services.stores.batches.get(migrationId, batchId);
      if (batch !== undefined && !isOwner(batch, owner))
        return supersededSchema.parse({ kind: 'superseded' });
    }
    return activity(input, services);
  };
}

/** Thrown if a row that the orchestration depends on was deleted from storage. */
export class MissingRowError extends Error {
  override readonly name = 'MissingRowError';
}

/** Returns the migration's row. Throws a MissingRowError if there is none. */
export async function storedMigration(stores: Stores, migrationId: string): Promise<Migration> {
  const migration = await stores.migrations.get(migrationId);
  if (migration === undefined)
    throw new MissingRowError(`the table of migrations has no row for ${migrationId}`);
  return migration;
}

/**
 * Thrown if a row changed after it was read, so that values computed from it are stale. The
 * activity is then called again.
 */
export class ChangedMeanwhileError extends Error {
  override readonly name = 'ChangedMeanwhileError';
}

/**
 * Merges changes into a migration's row that were computed from that row and its batches. Throws a
 * ChangedMeanwhileError if the row has changed since.
 */
export async function replaceMigration(
  stores: Stores,
  migration: Migration,
  changes: Partial<Omit<Migration, 'id' | 'acceptedAt'>>,
): Promise<void> {
  // `auditHead` does not depend on the batches and may change at any time.
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

/** Returns the batch's row. Throws a MissingRowError if there is none. */
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
