import type { z } from 'zod';
import {
  takeQuotaInputSchema,
  type takeQuotaResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import { isCancelRequested, isPaused, openCommands } from '../../shared/domain/commands.ts';
import { hasFinalOutcome } from '../../shared/domain/polling.ts';
import { type ActivityServices, storedBatch } from '../activityServices.ts';
import { isHeldByFreeze } from '../batchStatus.ts';
import { endUnstarted, leaveQueue } from './taskRow.ts';
import { beginTurn, endDelay, registerWaiter } from './taskTurn.ts';

/**
 * Takes quota for a SharePoint task from the source's migration queue, which all migrations share.
 * A cancel bars the task from it: the first row written wins. A task that holds quota since an
 * earlier start of the batch continues from the state in its row.
 */
export async function takeQuota(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof takeQuotaResultSchema>> {
  const { waiterId, ...turn } = takeQuotaInputSchema.parse(input);
  const rows = await beginTurn({ waiterId, ...turn }, services);
  if (rows === undefined) return { kind: 'ended' };
  const { migrationId, batchId, taskId } = turn;
  const ref = { migrationId, batchId, taskId };
  const { stores, maxQueuedMoves } = services;
  const { taskRow, batch } = rows;
  if (hasFinalOutcome(taskRow)) return leaveQueue(taskRow, services);
  const mayBeThere = ((await stores.quota.find(ref)) ?? 0) > 0 || taskRow.outcome === 'unknown';
  const commandLog = await stores.commands.readBatchLog(migrationId, batchId);
  if (!mayBeThere && openCommands(batchId, commandLog).pending.length > 0)
    return { kind: 'commands' };
  if (!mayBeThere && isCancelRequested(batchId, commandLog, batch.runCommandId))
    return endUnstarted(taskRow, services);
  if (!mayBeThere && ((await isHeldByFreeze(batch, services)) || isPaused(commandLog))) {
    await endDelay(turn, turn.delayedSinceMs, services);
    if (waiterId !== null) await registerWaiter(batch, waiterId, services);
    return { kind: 'paused' };
  }
  const heldQuota = await stores.quota.hold(ref, 1, mayBeThere ? Infinity : maxQueuedMoves);
  if (heldQuota === undefined) {
    if (waiterId !== null) await registerWaiter(batch, waiterId, services);
    return { kind: 'full' };
  }
  // A stalled instance may take quota after the task or its batch has ended. The end is in the row
  // before the quota is released.
  const now = await beginTurn({ waiterId, ...turn }, services);
  if (now !== undefined && hasFinalOutcome(now.taskRow)) return leaveQueue(now.taskRow, services);
  if (now === undefined) {
    if ((await storedBatch(stores, migrationId, batchId)).finishedAt !== null)
      await stores.quota.release(ref);
    return { kind: 'ended' };
  }
  if (heldQuota === 0) return endUnstarted(taskRow, services);
  if (taskRow.outcome === 'unknown' || taskRow.outcomeBefore === null) {
    if (mayBeThere || taskRow.jobId === null) return { kind: 'done', graphTaskId: taskRow.jobId };
  } else if (taskRow.outcomeBefore === 'unknown') return { kind: 'done', graphTaskId: null };
  // The task of an earlier run is not the one that this run creates.
  await stores.tasks.save(
    [
      {
        ...taskRow,
        outcomeBefore: null,
        jobId: null,
        creation: null,
        services: [],
        updatedAt: new Date(services.nowMs()).toISOString(),
      },
    ],
    [taskRow],
  );
  return { kind: 'done', graphTaskId: null };
}
