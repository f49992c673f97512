import type { Task } from '../../shared/contracts/task.ts';
import { isOnlyValidated, ledgerKey } from '../../shared/domain/ledgerKey.ts';
import type { LedgerEntry, LedgerHolder } from '../../shared/storage/stores.ts';
import type { ActivityServices } from './activityServices.ts';
import { elsewhere } from './reservations.ts';

/** Reserves the users of tasks for a batch; returns by task id the entries of those that it did not get. */
export async function reserveUsers(holder: LedgerHolder, tasks: readonly Task[], moveAgain: (taskId: string) => boolean, { stores, nowMs }: ActivityServices): Promise<ReadonlyMap<string, LedgerEntry>> {
  const moving = tasks.filter((task) => !isOnlyValidated(task));
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

/** Sets users free that a batch has reserved and does not move. */
export async function freeUsers(holder: LedgerHolder, tasks: readonly Task[], { stores, nowMs }: ActivityServices): Promise<void> {
  if (tasks.length === 0) return;
  await stores.users.release(holder, tasks.map((task) => ({ key: ledgerKey(task), isMoved: false })), new Date(nowMs()).toISOString());
}

/** Inserts the rows of tasks that are new to a batch, each with its user reserved before. Who cannot be reserved is recorded as invalid. Returns the rows of the batch as they stand; `isPlanned`: the tasks are all that the batch has, and the plan writes their places. */
export async function insertReserved(holder: LedgerHolder, tasks: readonly Task[], moveAgain: (taskId: string) => boolean, services: ActivityServices, isPlanned = false): Promise<readonly Task[]> {
  const conflicts = await reserveUsers(holder, tasks, moveAgain, services);
  const rows = tasks.map((task) => {
    const entry = conflicts.get(task.taskId);
    return entry === undefined ? task : elsewhere(task, entry, task.updatedAt);
  });
  const isNew = await services.stores.tasks.insertMissing(rows, { hasPlaces: isPlanned });
  // Nothing is read that has just been written.
  return isNew && isPlanned ? rows : rowsOf(holder, tasks, conflicts, services);
}

/** An earlier try may have recorded a user as invalid whom this one has reserved: the row counts, and the user is free. */
async function rowsOf(holder: LedgerHolder, tasks: readonly Task[], conflicts: ReadonlyMap<string, LedgerEntry>, services: ActivityServices): Promise<readonly Task[]> {
  const rows = await services.stores.tasks.listBatch(holder.migrationId, holder.batchId);
  const ours = new Set(tasks.map(({ taskId }) => taskId));
  await freeUsers(holder, rows.filter((row) => ours.has(row.taskId) && row.outcome === 'invalid' && !conflicts.has(row.taskId)), services);
  return rows;
}
