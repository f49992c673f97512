import type { z } from 'zod';
import {
  takeSlotInputSchema,
  type takeSlotResultSchema,
} from '../../shared/contracts/sharePointActivities.ts';
import { isCancelAsked, isPaused } from '../../shared/domain/answeredCommands.ts';
import { openCommands } from '../../shared/domain/sharePointCommands.ts';
import { isSettled } from '../../shared/domain/sharePointSight.ts';
import type { ActivityServices } from './activityServices.ts';
import { leaveQueue, letGoOf } from './endMove.ts';
import { isHeldByFreeze } from './frozen.ts';
import { beginTurn, endDelay } from './moveTurn.ts';
import { becomeWaiter } from './moveWaiter.ts';
import { storedBatch } from './storedRows.ts';

/**
 * Takes a place for a SharePoint task in the source's queue of moves, which is limited over all migrations. Whoever cancels
 * the task before has barred it: of the two, the one whose row is there first wins. A task that has its place already, because an earlier start
 * of the batch took it, goes on where its row says it stands.
 */
export async function takeSlot(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof takeSlotResultSchema>> {
  const { waiterId, ...turn } = takeSlotInputSchema.parse(input);
  const rows = await beginTurn({ waiterId, ...turn }, services);
  if (rows === undefined) return { kind: 'ended' };
  const { migrationId, batchId, taskId } = turn;
  const ref = { migrationId, batchId, taskId };
  const { stores, maxQueuedMoves } = services;
  const { move, batch } = rows;
  if (isSettled(move)) return leaveQueue(move, services);
  const mayBeThere = ((await stores.slots.find(ref)) ?? 0) > 0 || move.outcome === 'unknown';
  const book = await stores.commands.bookOf(migrationId, batchId);
  if (!mayBeThere && openCommands(batchId, book).unanswered.length > 0) return { kind: 'commands' };
  if (!mayBeThere && isCancelAsked(batchId, book, batch.round)) return letGoOf(move, services);
  if (!mayBeThere && ((await isHeldByFreeze(batch, services)) || isPaused(book))) {
    await endDelay(turn, turn.delayedSinceMs, services);
    if (waiterId !== null) await becomeWaiter(batch, waiterId, services);
    return { kind: 'paused' };
  }
  const moves = await stores.slots.hold(ref, 1, mayBeThere ? Infinity : maxQueuedMoves);
  if (moves === undefined) {
    if (waiterId !== null) await becomeWaiter(batch, waiterId, services);
    return { kind: 'full' };
  }
  // An instance that stood still may take the place after the task or its batch has ended. The end is on the row before the place is given back.
  const now = await beginTurn({ waiterId, ...turn }, services);
  if (now !== undefined && isSettled(now.move)) return leaveQueue(now.move, services);
  if (now === undefined) {
    if ((await storedBatch(stores, migrationId, batchId)).finishedAt !== null)
      await stores.slots.release(ref);
    return { kind: 'ended' };
  }
  if (moves === 0) return letGoOf(move, services);
  if (move.outcome === 'unknown' || move.outcomeBefore === null) {
    if (mayBeThere || move.jobId === null) return { kind: 'done', graphTaskId: move.jobId };
  } else if (move.outcomeBefore === 'unknown') return { kind: 'done', graphTaskId: null };
  // A task of an earlier run is not the one that this run creates.
  await stores.tasks.save(
    [
      {
        ...move,
        outcomeBefore: null,
        jobId: null,
        services: [],
        updatedAt: new Date(services.nowMs()).toISOString(),
      },
    ],
    [move],
  );
  return { kind: 'done', graphTaskId: null };
}
