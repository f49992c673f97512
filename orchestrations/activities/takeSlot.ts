import type { z } from 'zod';
import { takeSlotInputSchema, type takeSlotResultSchema } from '../../shared/contracts/sharePointActivities.ts';
import { isCancelAsked, isPaused, undecidedFor } from '../../shared/domain/answeredCommands.ts';
import type { ActivityServices } from './activityServices.ts';
import { leaveQueue, letGoOf } from './endMove.ts';
import { becomeWaiter } from './moveWaiter.ts';
import { storedMove } from './storedMove.ts';
import { storedBatch } from './storedRows.ts';

/**
 * Takes a place for a SharePoint task in the source's queue of moves, which is limited over all migrations. Whoever cancels
 * the task before has barred it: of the two, the one whose row is there first wins.
 */
export async function takeSlot(input: unknown, services: ActivityServices): Promise<z.infer<typeof takeSlotResultSchema>> {
  const { waiterId, ...ref } = takeSlotInputSchema.parse(input);
  const { migrationId, batchId } = ref;
  const { stores, maxQueuedMoves } = services;
  const move = await storedMove(stores, ref);
  if (move.outcome !== null) return leaveQueue(ref, services);
  const batch = await storedBatch(stores, migrationId, batchId);
  const book = await stores.commands.book(migrationId);
  if (undecidedFor(batchId, book).length > 0) return { kind: 'commands' };
  if (isCancelAsked(batchId, book, batch.round)) return letGoOf(move, services);
  if (isPaused(book)) {
    await becomeWaiter(batch, waiterId, services);
    return { kind: 'paused' };
  }
  const moves = await stores.slots.hold(ref, 1, maxQueuedMoves);
  if (moves === 0) return letGoOf(move, services);
  if (moves === undefined) {
    await becomeWaiter(batch, waiterId, services);
    return { kind: 'full' };
  }
  // A task of an earlier run is not the one that this run creates.
  if (move.jobId !== null || move.outcomeBefore !== null) await stores.tasks.save([{ ...move, outcomeBefore: null, jobId: null, services: [], updatedAt: new Date(services.nowMs()).toISOString() }]);
  return { kind: 'done' };
}
