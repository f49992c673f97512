import type { z } from 'zod';
import { createMoveInputSchema, type createMoveResultSchema, type MoveRef } from '../../shared/contracts/sharePointActivities.ts';
import { isPaused, undecidedFor } from '../../shared/domain/answeredCommands.ts';
import { sourceOf } from '../../shared/domain/sharePointSource.ts';
import type { ActivityServices } from './activityServices.ts';
import { isQueueFull, isThere, throttleSeconds } from './busyGraph.ts';
import { endMove, leaveQueue, refused, sharePointService, unclear } from './endMove.ts';
import { lookUpMove } from './lookUpMove.ts';
import { parametersToSend } from './parametersToSend.ts';
import { type Move, sharePointOf, storedMove } from './storedMove.ts';
import { takeOverMove } from './takeOverMove.ts';

/** The status of a task whose create is on its way: our word, which no answer of Graph has. */
const creating = 'creating';

/**
 * Graph: create a SharePoint task, once. Looks first, because an earlier try may have got through: a task of the source that
 * was not there before is ours.
 */
export async function createMove(input: unknown, services: ActivityServices): Promise<z.infer<typeof createMoveResultSchema>> {
  const { beforeId, doubtful: wasDoubtful, isLast, ...ref } = createMoveInputSchema.parse(input);
  const { stores } = services;
  const move = await storedMove(stores, ref);
  // A host that died while it created has left the note.
  const isNoted = move.services.some(({ status }) => status === creating);
  const doubtful = wasDoubtful || isNoted;
  if (move.outcome !== null) return leaveQueue(ref, services);
  const look = await lookUpMove(move, isLast, services);
  if (look.kind !== 'done') return look;
  if (look.task !== undefined && look.task.id !== beforeId) return takeOverMove(move, look.task, 'create', services);

  // As long as nothing can have been created, whoever asks for something now is still in time: it is heard in the queue.
  const book = await stores.commands.book(ref.migrationId);
  if (!doubtful && (isPaused(book) || undecidedFor(ref.batchId, book).length > 0)) return backToQueue(ref, 0, services);
  const sent = await parametersToSend(move, services);
  // A create that is repeated when the first has come to its end would move the source again.
  if (isNoted && isBlind(move) && services.nowMs() - Date.parse(move.updatedAt) > blindMs) return endMove(move, unclear(unknownText), services);
  if (!isNoted) await note(move, [sharePointService({ status: creating, message: '', errors: [] })], services);
  const created = await sharePointOf(services).createTask(sent);
  // Nothing was created this time, nor before.
  if (!doubtful && created.kind !== 'done' && (created.kind === 'retryAfter' || isQueueFull(created.problem))) await note(move, move.services, services);
  if (created.kind !== 'done' && isQueueFull(created.problem)) {
    const seconds = 'seconds' in created ? created.seconds : 0;
    return doubtful ? { kind: 'retryAfter', seconds: Math.max(5 * throttleSeconds, seconds) } : backToQueue(ref, seconds, services);
  }
  switch (created.kind) {
    case 'done':
      return created.value.id === null ? { kind: 'doubtful', seconds: 0 } : takeOverMove(move, created.value, 'create', services);
    case 'retryAfter':
      return { kind: 'retryAfter', seconds: created.seconds };
    case 'doubtful':
      return { kind: 'doubtful', seconds: created.seconds };
    case 'conflict':
      return { kind: 'doubtful', seconds: 0 };
    default: {
      // It may be refused because an earlier try, or an earlier run, got through.
      if (isBlind(move) && isThere(created.problem)) return endMove(move, unclear(unknownText, created.problem), services);
      const isBelieved = !doubtful || (isLast && !isBlind(move));
      return isBelieved ? endMove(move, refused(created.problem), services) : { kind: 'doubtful', seconds: 0 };
    }
  }
}

const unknownText = 'the task may have been created, and Graph offers no look-up by an object id: look at the move in the source tenant before it is sent again, and name the user by his principal name';

/** No move is over so soon: as long a create that cannot be looked up may be repeated, because Graph then answers with the task that is there. */
const blindMs = 300_000;

/** Graph documents no look-up for it. */
function isBlind({ parameters }: Move): boolean {
  return sourceOf(parameters).kind === 'userId';
}

async function note(move: Move, services: Move['services'], { stores, nowMs }: ActivityServices): Promise<void> {
  await stores.tasks.save([{ ...move, services, updatedAt: new Date(nowMs()).toISOString() }]);
}

async function backToQueue({ migrationId, batchId, taskId }: MoveRef, seconds: number, { stores }: ActivityServices): Promise<{ readonly kind: 'full'; readonly seconds: number }> {
  await stores.slots.release({ migrationId, batchId, taskId });
  return { kind: 'full', seconds };
}
