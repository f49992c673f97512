import { isSharePointEnd } from '../../shared/domain/sharePointStatus.ts';
import type { ActivityServices } from './activityServices.ts';
import { audited } from './audited.ts';
import { throttleSeconds } from './busyGraph.ts';
import { keepCancelled } from './endMove.ts';
import { reasonOfRefusal } from './refusal.ts';
import { type Move, sharePointOf, storedMove } from './storedMove.ts';

/** `started`: it goes on; `ended`: it had ended before; `wait`: nobody can say yet. */
export type Stopped =
  | { readonly kind: 'stopped' | 'started' | 'ended' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'wait'; readonly seconds: number };

/**
 * Cancels one SharePoint task wherever it stands: one that waits for its place is barred from it, one that Graph has is
 * cancelled there (Graph: cancel, before it has started). Safe to repeat.
 */
export async function stopMove({ migrationId, batchId, taskId }: Move, services: ActivityServices): Promise<Stopped> {
  const { stores } = services;
  const ref = { migrationId, batchId, taskId };
  const moves = await stores.slots.hold(ref, 0, 0);
  // Read only now: whatever holds no place from here on will never get one.
  const move = await storedMove(stores, ref);
  if (move.outcome !== null) return { kind: move.outcome === 'cancelled' ? 'stopped' : 'ended' };
  if (moves === 0) {
    // The bar stays until the orchestration of the task has seen the outcome.
    await keepCancelled(move, services);
    return { kind: 'stopped' };
  }
  if (move.jobId === null) return { kind: 'wait', seconds: 15 };
  const result = await cancelInGraph(move.jobId, services);
  if (result.kind === 'stopped') await audited({ ...ref, jobId: move.jobId, eventId: `task.cancel/${move.jobId}`, type: 'task.cancel' }, services);
  return result;
}

async function cancelInGraph(graphTaskId: string, services: ActivityServices): Promise<Stopped> {
  const before = await standing(graphTaskId, services);
  if (before !== undefined) return before;
  const cancel = await sharePointOf(services).cancelTask(graphTaskId);
  switch (cancel.kind) {
    case 'done':
      return { kind: 'stopped' };
    case 'conflict':
      // It has started, or somebody else has cancelled it a moment ago.
      return (await standing(graphTaskId, services)) ?? { kind: 'wait', seconds: 15 };
    case 'rejected':
      return { kind: 'refused', reason: `Graph refused: ${reasonOfRefusal(cancel.problem)}` };
    case 'retryAfter':
      return { kind: 'wait', seconds: cancel.seconds };
    case 'doubtful':
      return { kind: 'wait', seconds: Math.max(15, cancel.seconds) };
    case 'notFound':
      return { kind: 'wait', seconds: 15 };
  }
}

/** Why there is nothing to cancel now; undefined for a task that has not started. */
async function standing(graphTaskId: string, services: ActivityServices): Promise<Stopped | undefined> {
  const read = await sharePointOf(services).getTask(graphTaskId);
  if (read.kind === 'retryAfter') return { kind: 'wait', seconds: read.seconds };
  if (read.kind === 'notFound') return { kind: 'wait', seconds: throttleSeconds };
  if (read.kind !== 'done') return { kind: 'refused', reason: `Graph refused: ${reasonOfRefusal(read.problem)}` };
  const { status } = read.value;
  if (status === 'cancelled') return { kind: 'stopped' };
  if (isSharePointEnd(status)) return { kind: 'ended' };
  return status === 'inProgress' ? { kind: 'started' } : undefined;
}
