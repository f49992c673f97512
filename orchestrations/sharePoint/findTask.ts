import type { z } from 'zod';
import {
  findMoveInputSchema,
  type findMoveResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import { differsIn, isSharePointEnd } from '../../shared/domain/sharePoint.ts';
import { isSettled } from '../../shared/domain/sight.ts';
import { lenientInstantMs } from '../../shared/domain/text.ts';
import type { SharePointTask } from '../../shared/graph/sharePointTasks.ts';
import { type ActivityServices, storedMigration } from '../activityServices.ts';
import { movedAlready } from '../reservations.ts';
import { mayExist } from './createTask.ts';
import { endMove, leaveQueue, type Move, refused } from './endTask.ts';
import { lookUpMove, parametersToSend, readTask, takeOverMove } from './lookUpTask.ts';
import { backToQueue } from './quota.ts';
import { beginTurn, endDelay, isHopeless, triedAgain } from './taskTurn.ts';

type Result = z.infer<typeof findMoveResultSchema>;
const operation = 'look up SharePoint task';

/**
 * Looks whether the source has a task before one is created. One that is under way is taken over when it moves the same thing
 * to the same place at the same time; of one that has ended the id is remembered, so that a later look can tell it from ours. A source that
 * Graph has moved to the same place is not moved again.
 */
export async function findMove(input: unknown, services: ActivityServices): Promise<Result> {
  const turn = findMoveInputSchema.parse(input);
  const rows = await beginTurn(turn, services);
  if (rows === undefined) return { kind: 'ended' };
  const { move, batch } = rows;
  if (isSettled(move)) return leaveQueue(move, services);

  // What became of the task of the run before was not known: that very task comes first.
  if (move.outcomeBefore === 'unknown' && move.jobId !== null) {
    const own = await readTask(move.jobId, services);
    if (own.kind === 'refused')
      return (
        (await backToQueue(turn, own.seconds, services)) ??
        triedAgain(turn, { operation: 'get SharePoint task', ...own }, services)
      );
    if (own.kind === 'seen' && own.value.status === 'completed')
      return succeeded(move, own.value, services);
    if (own.kind === 'seen' && !isSharePointEnd(own.value.status))
      return takeOverMove({ move, batch }, own.value, 'adopt', services);
  }
  const look = await lookUpMove(move, services);
  if (look.kind === 'refused') {
    const mayBeThere = mayExist(move) || move.outcome === 'unknown';
    if (!mayBeThere && isHopeless(turn, services))
      return endMove(move, refused(look.problem), services);
    return (
      (mayBeThere ? undefined : await backToQueue(turn, look.seconds, services)) ??
      triedAgain(turn, { operation, ...look }, services)
    );
  }
  await endDelay(turn, turn.delayedSinceMs, services);
  if (look.kind === 'absent') return { kind: 'ready', beforeId: null };
  const { value: task } = look;
  // The orchestration that has created it was ended, or had no time to say so.
  if (
    (mayExist(move) || move.outcome === 'unknown') &&
    (!isSharePointEnd(task.status) || endedSince(task, move.updatedAt))
  )
    return takeOverMove({ move, batch }, task, 'create', services);
  if (!isSharePointEnd(task.status)) return takeOverMove({ move, batch }, task, 'adopt', services);
  if (task.status === 'completed')
    return (
      (await movedBefore(move, task, batch.run, services)) ?? { kind: 'ready', beforeId: task.id }
    );
  return { kind: 'ready', beforeId: task.id };
}

function endedSince(
  { finishedDateTime, lastUpdatedDateTime }: SharePointTask,
  at: string,
): boolean {
  const endedMs = lenientInstantMs(finishedDateTime) ?? lenientInstantMs(lastUpdatedDateTime);
  return endedMs !== undefined && endedMs >= Date.parse(at);
}

/** Ends a task whose source Graph has moved to the same place already; undefined where it is to be moved again. */
async function movedBefore(
  move: Move,
  task: SharePointTask,
  run: number,
  services: ActivityServices,
): Promise<{ readonly kind: 'ended' } | undefined> {
  const { stores } = services;
  if (differsIn(await parametersToSend(move, services), task.parameters, 'move') !== null)
    return undefined;
  const { acceptedAt } = await storedMigration(stores, move.migrationId);
  const request = await stores.requests.load(move.migrationId);
  if (request.kind === 'sharePoint' && request.moveAgain && !endedSince(task, acceptedAt))
    return undefined;
  // The run before may have ended without having seen what became of its task.
  if (run > 1) return succeeded(move, task, services);
  const message = `the task ${task.id ?? ''} has moved this source to the same place: to move it again, send a request with moveAgain`;
  return endMove(
    { ...move, outcome: null, jobId: null },
    { outcome: 'invalid', status: 'invalid', message, errors: [{ code: movedAlready, message }] },
    services,
  );
}

function succeeded(
  move: Move,
  { id, status }: SharePointTask,
  services: ActivityServices,
): Promise<{ readonly kind: 'ended' }> {
  return endMove(
    { ...move, outcome: null, jobId: id },
    { outcome: 'succeeded', status, message: '', errors: [] },
    services,
  );
}
