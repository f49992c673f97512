import { isDeepStrictEqual } from 'node:util';
import type { AuditEntry } from '../shared/contracts/audit.ts';
import {
  type BatchRef,
  ownedBatchSchema,
  supersededSchema,
} from '../shared/contracts/internal/batch.ts';
import type { Batch, Migration } from '../shared/contracts/migration.ts';
import { isOnlyValidated, ledgerKey, type Task } from '../shared/contracts/task.ts';
import { isOwner } from '../shared/domain/batchStates.ts';
import { withJobEntry } from '../shared/domain/outcomes.ts';
import { hasFinalOutcome } from '../shared/domain/polling.ts';
import { sharePointWorkload } from '../shared/domain/sharePoint.ts';
import type { JobClient } from '../shared/graph/jobs.ts';
import type { SharePointClient } from '../shared/graph/sharePointTasks.ts';
import type { LedgerEntry, LedgerHolder } from '../shared/storage/ledgerRows.ts';
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
class ChangedMeanwhileError extends Error {
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

/** The code of a task whose user or source was moved before. */
export const movedAlready = 'movedAlready';

/**
 * Which users are reserved. A validate-only migration reserves nobody. A user who was moved before
 * is reserved only if `moveAgain` returns true.
 */
export interface ReservationRules {
  readonly validateOnly: boolean;
  readonly moveAgain: (taskId: string) => boolean;
}

/**
 * Reserves the users of tasks for a run of a batch. Returns the ledger entries of users who could
 * not be reserved, by task id.
 */
export async function reserveUsers(
  holder: LedgerHolder,
  tasks: readonly Task[],
  { validateOnly, moveAgain }: ReservationRules,
  { stores, nowMs }: ActivityServices,
): Promise<ReadonlyMap<string, LedgerEntry>> {
  const moving = validateOnly ? [] : tasks.filter((task) => !isOnlyValidated(task));
  if (moving.length === 0) return new Map();
  const users = moving.map((task) => ({ key: ledgerKey(task), moveAgain: moveAgain(task.taskId) }));
  const conflicts = await stores.users.reserve(holder, users, new Date(nowMs()).toISOString());
  return new Map(
    moving.flatMap((task): [string, LedgerEntry][] => {
      const entry = conflicts.get(ledgerKey(task));
      return entry === undefined ? [] : [[task.taskId, entry]];
    }),
  );
}

/**
 * Inserts the rows of tasks that are new to a batch and reserves their users first. A user who
 * cannot be reserved is recorded as invalid. Returns the rows of the batch as stored. `isPlanned`:
 * these are all tasks of the batch, and the plan writes their index.
 */
export async function insertReserved(
  holder: LedgerHolder,
  tasks: readonly Task[],
  rules: ReservationRules,
  services: ActivityServices,
  isPlanned = false,
): Promise<readonly Task[]> {
  const conflicts = await reserveUsers(holder, tasks, rules, services);
  const rows = tasks.map((task) => {
    const entry = conflicts.get(task.taskId);
    return entry === undefined ? task : unavailableTask(task, entry, task.updatedAt);
  });
  const isNew = await services.stores.tasks.insertMissing(rows, { isIndexed: isPlanned });
  // All rows were just written, so nothing needs to be read.
  return isNew && isPlanned ? rows : rowsOf(holder, tasks, conflicts, services);
}

/**
 * Returns the stored rows. An earlier try may have recorded a user as invalid whom this one
 * reserved: the row counts, and the user is released.
 */
async function rowsOf(
  holder: LedgerHolder,
  tasks: readonly Task[],
  conflicts: ReadonlyMap<string, LedgerEntry>,
  services: ActivityServices,
): Promise<readonly Task[]> {
  const rows = await services.stores.tasks.listBatch(holder.migrationId, holder.batchId);
  const ours = new Set(tasks.map(({ taskId }) => taskId));
  await release(
    holder,
    rows.filter(
      (row) => ours.has(row.taskId) && row.outcome === 'invalid' && !conflicts.has(row.taskId),
    ),
    services,
  );
  return rows;
}

/** Returns the task as invalid because another migration has reserved or moved its user. */
export function unavailableTask(
  task: Task,
  { migrationId, state, at }: LedgerEntry,
  updatedAt: string,
): Task {
  const code = state === 'moved' ? movedAlready : 'underWayElsewhere';
  const message =
    state === 'moved'
      ? `migration ${migrationId} moved the user (${at})`
      : `migration ${migrationId} has reserved the user since ${at}`;
  return {
    ...task,
    outcome: 'invalid',
    services: withJobEntry(task.services, {
      status: 'invalid',
      message,
      errors: [{ code, message }],
    }),
    updatedAt,
  };
}

/**
 * Releases the users of tasks from a run of a batch. A user who was moved stays recorded as moved;
 * all others become free. Entries of other migrations do not change. Safe to repeat.
 */
export async function release(
  holder: LedgerHolder,
  tasks: readonly Task[],
  { stores, nowMs }: ActivityServices,
): Promise<void> {
  if (tasks.length === 0) return;
  await stores.users.release(
    holder,
    tasks.map((task) => ({ key: ledgerKey(task), isMoved: isMoved(task) })),
    new Date(nowMs()).toISOString(),
  );
}

/**
 * Releases the users whose task has an outcome from the current run of the batch. A user with the
 * outcome `unknown` may still be moved and stays reserved.
 */
export async function releaseEnded(
  { migrationId, batchId }: BatchRef,
  tasks: readonly Task[],
  services: ActivityServices,
): Promise<void> {
  const ended = tasks.filter(hasFinalOutcome);
  if (ended.length === 0) return;
  const { run } = await storedBatch(services.stores, migrationId, batchId);
  await release({ migrationId, batchId, run }, ended, services);
}

/**
 * Returns true if the user or source of a task was moved: by this migration or, if Graph says so of
 * a SharePoint task, before it.
 */
function isMoved({ outcome, services }: Task): boolean {
  return (
    outcome === 'succeeded' ||
    services.some(
      ({ service, errors }) =>
        service === sharePointWorkload && errors.some(({ code }) => code === movedAlready),
    )
  );
}
