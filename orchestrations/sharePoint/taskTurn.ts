import type { BatchRef } from '../../shared/contracts/internal/batch.ts';
import type { TaskTurn } from '../../shared/contracts/internal/sharePoint.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import { ownsBatch } from '../../shared/domain/batchStates.ts';
import { personNeeded } from '../../shared/domain/outcomeEvent.ts';
import { pollingPolicy } from '../../shared/domain/policies.ts';
import { hasFinalOutcome, outOfSightSince } from '../../shared/domain/polling.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import { type ActivityServices, storedBatch, storedMigration } from '../activityServices.ts';
import { clearDelay, responseText, saveCounts } from '../batchStatus.ts';
import { type SharePointTaskRow, storedTaskRow } from './taskRow.ts';

/**
 * Begins a turn of a task's orchestration by reading the rows. Returns undefined if the
 * orchestration must stop: its batch has ended, or a newer run or restart of the batch has replaced
 * it.
 */
export async function beginTurn(
  turn: TaskTurn,
  services: ActivityServices,
): Promise<{ readonly taskRow: SharePointTaskRow; readonly batch: Batch } | undefined> {
  const batch = await storedBatch(services.stores, turn.migrationId, turn.batchId);
  if (!ownsBatch(batch, turn)) return undefined;
  if (turn.recovered) await clearDelay(turn, 'all', services);
  return { taskRow: await storedTaskRow(services.stores, turn), batch };
}

/**
 * Shows in a batch's row that an operation of a task is being retried. Several tasks share the row,
 * which shows the operation that has waited longest.
 */
export async function showDelay(
  { migrationId, batchId }: BatchRef,
  {
    operation,
    sinceMs,
    lastResponse,
  }: { readonly operation: string; readonly sinceMs: number; readonly lastResponse: string },
  { stores, nowMs }: ActivityServices,
): Promise<void> {
  const sinceAt = new Date(sinceMs).toISOString();
  await stores.batches.change(migrationId, batchId, ({ finishedAt, delayedOperation: shown }) => {
    if (
      finishedAt !== null ||
      (shown !== null && shown.sinceAt < sinceAt && shown.operation !== operation)
    )
      return undefined;
    return {
      delayedOperation: {
        operation,
        sinceAt: shown !== null && shown.sinceAt < sinceAt ? shown.sinceAt : sinceAt,
        lastResponse,
      },
      updatedAt: new Date(nowMs()).toISOString(),
    };
  });
}

/** Clears the delay that a task has shown since `sinceMs`. A delay of another task stays. */
export async function endDelay(
  { migrationId, batchId }: BatchRef,
  sinceMs: number | null,
  { stores, nowMs }: ActivityServices,
): Promise<void> {
  if (sinceMs === null) return;
  const sinceAt = new Date(sinceMs).toISOString();
  await stores.batches.updateWhen(
    migrationId,
    batchId,
    (batch) => batch.delayedOperation?.sinceAt === sinceAt,
    { delayedOperation: null, updatedAt: new Date(nowMs()).toISOString() },
  );
}

/**
 * Returns true if Graph has refused every look-up of the source for as long as jobs are watched. A
 * task for which nothing was ever sent then fails. A full queue and a create that Graph postpones
 * do not count: the task waits as long as needed.
 */
export function isRefusedTooLong(
  { refusedSinceMs }: TaskTurn,
  { nowMs }: ActivityServices,
): boolean {
  return refusedSinceMs !== null && nowMs() - refusedSinceMs > pollingPolicy.watchLimitMs;
}

/**
 * Returns the result for an operation that Graph postponed or refused for now. From the second time
 * in a row, shows it in the batch's row.
 */
export async function retryLater(
  turn: TaskTurn,
  {
    operation,
    seconds,
    problem,
  }: { readonly operation: string; readonly seconds: number; readonly problem: GraphProblem },
  services: ActivityServices,
): Promise<{ readonly kind: 'retryAfter'; readonly seconds: number }> {
  if (turn.delayedSinceMs !== null)
    await showDelay(
      turn,
      {
        operation,
        sinceMs: turn.delayedSinceMs,
        lastResponse: responseText(
          problem,
          `${turn.migrationId} ${turn.taskId}: ${operation}`,
          services.warn,
        ),
      },
      services,
    );
  return { kind: 'retryAfter', seconds };
}

/**
 * Registers the orchestration that receives the wake-up event when a command arrives. One task is
 * enough, because it handles the commands for the whole batch. It is unregistered when the task
 * ends.
 */
export async function registerWaiter(
  { migrationId, batchId, waiterId: current }: Batch,
  waiterId: string,
  { stores }: ActivityServices,
): Promise<void> {
  // A registered checkpoint is over once tasks are under way.
  if (current === null || /-g\d+$/.test(current))
    await stores.batches.update(migrationId, batchId, { waiterId });
}

/** Unregisters the orchestration of a task that has ended. */
export async function unregisterWaiter(
  { migrationId, batchId }: Pick<Batch, 'migrationId' | 'batchId'>,
  waiterId: string,
  { stores }: ActivityServices,
): Promise<void> {
  await stores.batches.updateWhen(migrationId, batchId, (batch) => batch.waiterId === waiterId, {
    waiterId: null,
  });
}

/** Updates the batch's row after a task that was out of sight has been seen and its row says so. */
export async function showInSight(
  before: SharePointTaskRow,
  services: ActivityServices,
): Promise<void> {
  if (before.outcome === 'unknown')
    await saveCounts(
      before,
      await services.stores.tasks.listBatch(before.migrationId, before.batchId),
      services,
    );
  if (outOfSightSince(before) !== undefined) await showOutOfSight(before, null, services);
}

/**
 * Shows in a batch's row whether any of its tasks is out of sight, according to the rows of the
 * tasks. `sinceAt`: since when the current task is out of sight, or null.
 */
export async function showOutOfSight(
  { migrationId, batchId, jobId }: Pick<SharePointTaskRow, 'migrationId' | 'batchId' | 'jobId'>,
  sinceAt: string | null,
  services: ActivityServices,
): Promise<void> {
  const { stores, nowMs } = services;
  const open = (await stores.tasks.listBatch(migrationId, batchId)).filter(
    (task) => !hasFinalOutcome(task),
  );
  const since = open.flatMap((task) => outOfSightSince(task) ?? []).sort();
  const updatedAt = new Date(nowMs()).toISOString();
  const [first] = since;
  if (first === undefined) {
    await stores.batches.updateWhen(
      migrationId,
      batchId,
      ({ finishedAt, outOfSightAt }) => finishedAt === null && outOfSightAt !== null,
      { phase: 'moving', needsPerson: null, outOfSightAt: null, message: null, updatedAt },
    );
    return;
  }
  const batch = await storedBatch(stores, migrationId, batchId);
  if (batch.outOfSightAt === null && sinceAt !== null)
    await reportOutOfSight(
      await storedMigration(stores, migrationId),
      batchId,
      jobId,
      sinceAt,
      services,
    );
  const phase = since.length === open.length ? ('outOfSight' as const) : ('moving' as const);
  const message = `Graph does not show ${String(since.length)} of the tasks under way; the reason is in the message of each task. They are watched until 30 days after their start, and commands are tried meanwhile`;
  await stores.batches.change(migrationId, batchId, (row) => {
    if (
      row.finishedAt !== null ||
      (row.phase === phase &&
        row.message === message &&
        row.needsPerson === 'outOfSight' &&
        row.outOfSightAt !== null)
    )
      return undefined;
    return {
      phase,
      message,
      needsPerson: 'outOfSight',
      outOfSightAt: row.outOfSightAt ?? first,
      updatedAt,
    };
  });
}

async function reportOutOfSight(
  migration: Migration,
  batchId: string,
  jobId: string | null,
  sinceAt: string,
  { stores, nowMs, warn }: ActivityServices,
): Promise<void> {
  warn(`Graph has not shown a SharePoint task of ${migration.id} ${batchId} since ${sinceAt}`);
  await stores.outcomes.send(
    personNeeded(migration, batchId, jobId, 'outOfSight', sinceAt, new Date(nowMs()).toISOString()),
  );
}
