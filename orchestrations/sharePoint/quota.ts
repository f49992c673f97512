import type { z } from 'zod';
import {
  type TaskTurn,
  takeQuotaInputSchema,
  type takeQuotaResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import { isCancelRequested, isPaused, openCommands } from '../../shared/domain/commands.ts';
import { hasFinalOutcome } from '../../shared/domain/sight.ts';
import { type ActivityServices, storedBatch } from '../activityServices.ts';
import { isFrozen, isHeldByFreeze } from '../commands/freeze.ts';
import { leaveQueue, endUnstarted } from './endTask.ts';
import { becomeWaiter, beginTurn, endDelay } from './taskTurn.ts';

/**
 * Takes a place for a SharePoint task in the source's queue of moves, which is limited over all migrations. Whoever cancels
 * the task before has barred it: of the two, the one whose row is there first wins. A task that has its place already, because an earlier start
 * of the batch took it, goes on where its row says it stands.
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
    if (waiterId !== null) await becomeWaiter(batch, waiterId, services);
    return { kind: 'paused' };
  }
  const moves = await stores.quota.hold(ref, 1, mayBeThere ? Infinity : maxQueuedMoves);
  if (moves === undefined) {
    if (waiterId !== null) await becomeWaiter(batch, waiterId, services);
    return { kind: 'full' };
  }
  // An instance that stood still may take the place after the task or its batch has ended. The end is on the row before the place is given back.
  const now = await beginTurn({ waiterId, ...turn }, services);
  if (now !== undefined && hasFinalOutcome(now.taskRow)) return leaveQueue(now.taskRow, services);
  if (now === undefined) {
    if ((await storedBatch(stores, migrationId, batchId)).finishedAt !== null)
      await stores.quota.release(ref);
    return { kind: 'ended' };
  }
  if (moves === 0) return endUnstarted(taskRow, services);
  if (taskRow.outcome === 'unknown' || taskRow.outcomeBefore === null) {
    if (mayBeThere || taskRow.jobId === null) return { kind: 'done', graphTaskId: taskRow.jobId };
  } else if (taskRow.outcomeBefore === 'unknown') return { kind: 'done', graphTaskId: null };
  // A task of an earlier run is not the one that this run creates.
  await stores.tasks.save(
    [
      {
        ...taskRow,
        outcomeBefore: null,
        jobId: null,
        services: [],
        updatedAt: new Date(services.nowMs()).toISOString(),
      },
    ],
    [taskRow],
  );
  return { kind: 'done', graphTaskId: null };
}

/**
 * Gives back the place of a task that nothing has been created for, when somebody has asked something, the migration is paused or everything is frozen: it
 * waits in the queue, where commands still reach it in time. Undefined when there is no reason for it. `askedSeconds`: how long Graph asks to wait; 0 where
 * it says nothing.
 */
export async function backToQueue(
  turn: TaskTurn,
  askedSeconds: number,
  services: ActivityServices,
): Promise<
  | {
      readonly kind: 'full';
      readonly seconds: number;
      readonly commands: boolean;
      readonly isHeld: boolean;
    }
  | undefined
> {
  const { migrationId, batchId, taskId } = turn;
  const { stores } = services;
  const commandLog = await stores.commands.readBatchLog(migrationId, batchId);
  const commands = openCommands(batchId, commandLog).pending.length > 0;
  const isHeld = isPaused(commandLog) || (await isFrozen(services));
  if (!commands && !isHeld) return undefined;
  if (isHeld) await endDelay(turn, turn.delayedSinceMs, services);
  await stores.quota.release({ migrationId, batchId, taskId });
  return { kind: 'full', seconds: askedSeconds, commands, isHeld };
}
