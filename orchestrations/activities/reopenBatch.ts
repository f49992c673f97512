import type { Command } from '../../shared/contracts/command.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { isBegun } from '../../shared/domain/batchOwner.ts';
import { askToLook } from '../../shared/intake/askToLook.ts';
import type { LedgerEntry, LedgerHolder } from '../../shared/storage/stores.ts';
import type { ActivityServices } from './activityServices.ts';
import { sumsOf } from './keepSums.ts';
import { moveAgainOf } from './moveAgain.ts';
import { elsewhere, reserveUsers } from './reservations.ts';
import { storedBatch } from './storedRows.ts';

const mayTryAgain = ({ outcome }: Task): boolean =>
  outcome === 'failed' || outcome === 'invalid' || outcome === 'unknown';

/**
 * Opens a batch that has ended for another run with those who did not make it; the others keep their outcome. A user whom another migration has by
 * now is recorded as invalid, and one who was moved keeps the outcome. A batch that runs and whose job is out of sight is told to look for it. May
 * run again: the row says by whose command it is open.
 */
export async function reopenBatch(
  migration: Migration,
  { migrationId, commandId }: Command,
  batchId: string,
  services: ActivityServices,
): Promise<{ readonly verdict: 'applied' | 'tooLate'; readonly detail: string }> {
  const { stores, nowMs } = services;
  if (await askToLook(stores, migrationId, batchId, commandId)) {
    return {
      verdict: 'applied',
      detail:
        'the job is looked for; it is taken over when Graph shows it, and replaced when it is gone',
    };
  }
  const updatedAt = new Date(nowMs()).toISOString();
  const { run, attempt } = await storedBatch(stores, migrationId, batchId);
  await stores.batches.updateWhen(
    migrationId,
    batchId,
    (batch) => batch.finishedAt !== null && batch.round !== commandId && batch.run === run,
    {
      phase: 'queued',
      run: run + 1,
      restarts: 0,
      firstAttempt: attempt + 1,
      round: commandId,
      message: null,
      needsPerson: null,
      delayedOperation: null,
      outOfSightAt: null,
      retryCommandId: null,
      clearedAt: null,
      approveAfter: null,
      waiterId: null,
      finishedAt: null,
      updatedAt,
    },
  );
  const batch = await storedBatch(stores, migrationId, batchId);
  if (batch.round !== commandId || batch.finishedAt !== null)
    return {
      verdict: 'tooLate',
      detail:
        'the batch is under way: another command has taken it up again, or Graph shows its job again',
    };
  // Once the run has begun, an outcome is its own.
  if (isBegun(batch)) return { verdict: 'applied', detail: 'taken up again' };
  const counts = await openTasks(migration, batch, updatedAt, services);
  return { verdict: 'applied', detail: `${String(counts.pending)} taken up again` };
}

async function openTasks(
  migration: Migration,
  { migrationId, batchId, run }: Batch,
  updatedAt: string,
  services: ActivityServices,
): Promise<Batch['counts']> {
  const { stores } = services;
  const tasks = await stores.tasks.listBatch(migrationId, batchId);
  const conflicts = await reserveForRun(
    migration,
    { migrationId, batchId, run },
    tasks.filter(mayTryAgain),
    services,
  );
  const opened = tasks.map((task): Task => {
    if (!mayTryAgain(task)) return task;
    const entry = conflicts.get(task.taskId);
    if (entry === undefined)
      return { ...task, outcome: null, outcomeBefore: task.outcome, updatedAt };
    return entry.state === 'moved' ? task : elsewhere(task, entry, updatedAt);
  });
  await stores.tasks.save(opened.filter((task, index) => task !== tasks[index]));
  const sums = sumsOf(opened);
  await stores.batches.update(migrationId, batchId, sums);
  return sums.counts;
}

/** Reserves users for the new run. The request is read only where somebody was moved. */
async function reserveForRun(
  { validateOnly }: Migration,
  holder: LedgerHolder,
  tasks: readonly Task[],
  services: ActivityServices,
): Promise<ReadonlyMap<string, LedgerEntry>> {
  const conflicts = await reserveUsers(
    holder,
    tasks,
    { validateOnly, moveAgain: () => false },
    services,
  );
  if (![...conflicts.values()].some(({ state }) => state === 'moved')) return conflicts;
  const moveAgain = await moveAgainOf(services.stores, holder.migrationId);
  const again = tasks.filter(
    ({ taskId }) => conflicts.get(taskId)?.state === 'moved' && moveAgain(taskId),
  );
  const left = await reserveUsers(holder, again, { validateOnly, moveAgain: () => true }, services);
  const won = new Set(again.filter(({ taskId }) => !left.has(taskId)).map(({ taskId }) => taskId));
  return new Map([...conflicts, ...left].filter(([taskId]) => !won.has(taskId)));
}
