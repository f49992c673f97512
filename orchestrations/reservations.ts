import type { BatchRef } from '../shared/contracts/internal/batch.ts';
import type { Task } from '../shared/contracts/task.ts';
import { isOnlyValidated, ledgerKey } from '../shared/domain/ids.ts';
import { withJobEntry } from '../shared/domain/outcomes.ts';
import { hasFinalOutcome } from '../shared/domain/polling.ts';
import { sharePointWorkload } from '../shared/domain/sharePoint.ts';
import type { LedgerEntry, LedgerHolder } from '../shared/storage/ledgerRows.ts';
import { type ActivityServices, storedBatch } from './activityServices.ts';

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
