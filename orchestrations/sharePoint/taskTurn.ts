import type { BatchRef } from '../../shared/contracts/internal/batch.ts';
import type { TaskTurn } from '../../shared/contracts/internal/sharePoint.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import { ownsBatch } from '../../shared/domain/batches.ts';
import { watchLimitMs } from '../../shared/domain/sight.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import { type ActivityServices, storedBatch } from '../activityServices.ts';
import { responseText, clearDelay } from '../batchStatus.ts';
import { type SharePointTaskRow, storedTaskRow } from './endTask.ts';

/**
 * Begins a turn of a task's orchestration: reads the rows. Undefined for an
 * orchestration that has nothing to say any more: its batch has ended, or has been begun again and has another one for the task.
 */
export async function beginTurn(
  turn: TaskTurn,
  services: ActivityServices,
): Promise<{ readonly taskRow: SharePointTaskRow; readonly batch: Batch } | undefined> {
  const batch = await storedBatch(services.stores, turn.migrationId, turn.batchId);
  if (isOvertaken(batch, turn)) return undefined;
  if (turn.recovered) await clearDelay(turn, 'all', services);
  return { taskRow: await storedTaskRow(services.stores, turn), batch };
}

function isOvertaken(batch: Batch, { run, restarts }: TaskTurn): boolean {
  return run === 0 ? batch.finishedAt !== null : !ownsBatch(batch, { run, restarts });
}

/** Shows in a batch's row that an operation of one of its tasks is tried again. Several tasks share the row: it shows the operation that has waited longest. */
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

/** Takes back what a task has shown of an operation that was tried again since `sinceMs`. What another task shows stays. */
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

/** Whether Graph has refused an operation for as long as a job is looked for: a task for which nothing was ever sent has failed then. */
export function isHopeless({ delayedSinceMs }: TaskTurn, { nowMs }: ActivityServices): boolean {
  return delayedSinceMs !== null && nowMs() - delayedSinceMs > watchLimitMs;
}

/** What a task answers for an operation that Graph has put off or refused for now; shown in the batch from the second time in a row on. */
export async function triedAgain(
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
 * Puts down whose bell a command for the batch rings. One of the tasks is enough, because whoever is woken obeys for all of
 * them; the place is free again when that task has ended.
 */
export async function becomeWaiter(
  { migrationId, batchId, waiterId: current }: Batch,
  waiterId: string,
  { stores }: ActivityServices,
): Promise<void> {
  // A wait at the gate is over once tasks are under way.
  if (current === null || /-g\d+$/.test(current))
    await stores.batches.update(migrationId, batchId, { waiterId });
}

/** Frees the place of a task that has ended. */
export async function stopWaiting(
  { migrationId, batchId }: Pick<Batch, 'migrationId' | 'batchId'>,
  waiterId: string,
  { stores }: ActivityServices,
): Promise<void> {
  await stores.batches.updateWhen(migrationId, batchId, (batch) => batch.waiterId === waiterId, {
    waiterId: null,
  });
}
