import type { z } from 'zod';
import { createMoveInputSchema, type createMoveResultSchema, findMoveInputSchema, type findMoveResultSchema, type MoveRef } from '../../shared/contracts/sharePointActivities.ts';
import type { SharePointParameters } from '../../shared/contracts/sharePointParameters.ts';
import { isPaused, undecidedFor } from '../../shared/domain/answeredCommands.ts';
import { createParameters, differsIn } from '../../shared/domain/moveParameters.ts';
import { sourceOf } from '../../shared/domain/sharePointSource.ts';
import { isSharePointEnd } from '../../shared/domain/sharePointStatus.ts';
import type { SharePointTask } from '../../shared/graph/sharePointClient.ts';
import type { ActivityServices } from './activityServices.ts';
import { audited } from './audited.ts';
import { isQueueFull, isThere, throttleSeconds } from './busyGraph.ts';
import { endMove, failed, leaveQueue, refused, sharePointService, unclear } from './endMove.ts';
import { lookUpMove } from './lookUpMove.ts';
import { type Move, sharePointOf, storedMove } from './storedMove.ts';
import { storedBatch, storedMigration } from './storedRows.ts';

/** The status of a task whose create is on its way: our word, which no answer of Graph has. */
const creating = 'creating';

type Created = Extract<z.infer<typeof createMoveResultSchema>, { kind: 'created' | 'ended' }>;

/**
 * Looks whether the source has a task before one is created. One that is under way is taken over when it moves the same thing
 * to the same place at the same time; of one that has ended the id is remembered, so that a later look can tell it from ours.
 */
export async function findMove(input: unknown, services: ActivityServices): Promise<z.infer<typeof findMoveResultSchema>> {
  const { isLast, ...ref } = findMoveInputSchema.parse(input);
  const move = await storedMove(services.stores, ref);
  if (move.outcome !== null) return leaveQueue(ref, services);
  const look = await lookUpMove(move, isLast, services);
  if (look.kind !== 'done') return look;
  const { task } = look;
  if (task === undefined) return { kind: 'ready', beforeId: null };
  if (isSharePointEnd(task.status)) return (await movedUnseen(move, task, services)) ?? { kind: 'ready', beforeId: task.id };
  return takeOver(move, task, 'adopt', services);
}

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
  if (look.task !== undefined && look.task.id !== beforeId) return takeOver(move, look.task, 'create', services);

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
      return created.value.id === null ? { kind: 'doubtful', seconds: 0 } : takeOver(move, created.value, 'create', services);
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

/** The run before may have ended without having seen what became of its task: nothing is moved twice. */
async function movedUnseen(move: Move, { id, status, parameters }: SharePointTask, services: ActivityServices): Promise<{ readonly kind: 'ended' } | undefined> {
  if (status !== 'completed' || (await storedBatch(services.stores, move.migrationId, move.batchId)).run === 1) return undefined;
  if (differsIn(await parametersToSend(move, services), parameters, 'move') !== null) return undefined;
  return endMove({ ...move, jobId: id }, { outcome: 'succeeded', status, message: '', errors: [] }, services);
}

/** What a create sends now: a reschedule changes the start of what has not been created. */
async function parametersToSend({ migrationId, parameters }: Move, { stores }: ActivityServices): Promise<SharePointParameters> {
  const { completeAfterDateTime } = await storedMigration(stores, migrationId);
  return createParameters(parameters, completeAfterDateTime);
}

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

/** Keeps which task of Graph is ours, unless it moves the source to another place than was asked for. */
async function takeOver(move: Move, { id, status, parameters }: SharePointTask, how: 'adopt' | 'create', services: ActivityServices): Promise<Created> {
  const { stores, nowMs } = services;
  const different = differsIn(await parametersToSend(move, services), parameters, how === 'adopt' ? 'all' : 'move');
  if (id === null || different !== null) {
    const message = `the task ${id ?? ''} moves this source already, with another ${different ?? 'id'}: cancel it or let it end, then send this one again`;
    return endMove(move, failed({ code: 'MnASiteMoveIsInprogressOrFinished', message }), services);
  }
  await stores.tasks.save([{ ...move, jobId: id, services: [sharePointService({ status, message: '', errors: [] })], updatedAt: new Date(nowMs()).toISOString() }]);
  await audited({ migrationId: move.migrationId, batchId: move.batchId, taskId: move.taskId, jobId: id, eventId: `task/${id}`, type: `task.${how}` }, services);
  return { kind: 'created', graphTaskId: id };
}
