import { isDeepStrictEqual } from 'node:util';
import type { AuditEntry } from '../shared/contracts/audit.ts';
import { ownedBatchSchema, supersededSchema } from '../shared/contracts/internal/batch.ts';
import type { Batch, Migration } from '../shared/contracts/migration.ts';
import { isOwner } from '../shared/domain/batches.ts';
import type { JobClient } from '../shared/graph/jobs.ts';
import type { SharePointClient } from '../shared/graph/sharePointTasks.ts';
import type { Stores } from '../shared/storage/stores.ts';

/** What the activities work with. */
export interface ActivityServices {
  readonly stores: Stores;
  readonly jobs: JobClient;
  /** Absent where the app is not set up for SharePoint requests. */
  readonly sharePoint?: SharePointClient;
  /** OneDrives and sites of the source that may be queued or moving together, over all migrations. */
  readonly maxQueuedMoves: number;
  /** Batches of one migration that may be in flight together. */
  readonly maxParallelBatches: number;
  /** Whether the tenant's API offers writes to user tasks, by configuration. */
  readonly userTaskWrites: boolean;
  /** Writes a line into the log that somebody should read. It names no people. */
  readonly warn: (text: string) => void;
  /** The present instant in epoch milliseconds. */
  readonly nowMs: () => number;
}

/** An activity: parses its input itself, because it comes out of a history that an older version may have written. */
export type Activity = (input: unknown, services: ActivityServices) => Promise<object>;

/** Puts on record what the app has done to a batch's job; `eventId` is the same however often the activity runs. */
export async function audited(
  {
    migrationId,
    ...place
  }: { readonly migrationId: string } & Pick<AuditEntry, 'eventId' | 'type' | 'batchId' | 'jobId'> &
    Partial<AuditEntry>,
  { stores, nowMs }: Pick<ActivityServices, 'stores' | 'nowMs'>,
): Promise<void> {
  await stores.audit.append(migrationId, {
    at: new Date(nowMs()).toISOString(),
    by: null,
    taskId: null,
    detail: null,
    ...place,
  });
}

/**
 * An activity that does nothing for an orchestration that another one has replaced. A batch whose orchestration was ended from outside gets a new one; what
 * the old one has left running must not act beside it.
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
