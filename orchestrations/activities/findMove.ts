import type { z } from 'zod';
import { findMoveInputSchema, type findMoveResultSchema } from '../../shared/contracts/sharePointActivities.ts';
import { differsIn } from '../../shared/domain/moveParameters.ts';
import { isSharePointEnd } from '../../shared/domain/sharePointStatus.ts';
import type { SharePointTask } from '../../shared/graph/sharePointClient.ts';
import type { ActivityServices } from './activityServices.ts';
import { endMove, leaveQueue } from './endMove.ts';
import { lookUpMove } from './lookUpMove.ts';
import { parametersToSend } from './parametersToSend.ts';
import { type Move, storedMove } from './storedMove.ts';
import { storedBatch } from './storedRows.ts';
import { takeOverMove } from './takeOverMove.ts';

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
  return takeOverMove(move, task, 'adopt', services);
}

/** The run before may have ended without having seen what became of its task: nothing is moved twice. */
async function movedUnseen(move: Move, { id, status, parameters }: SharePointTask, services: ActivityServices): Promise<{ readonly kind: 'ended' } | undefined> {
  if (status !== 'completed' || (await storedBatch(services.stores, move.migrationId, move.batchId)).run === 1) return undefined;
  if (differsIn(await parametersToSend(move, services), parameters, 'move') !== null) return undefined;
  return endMove({ ...move, jobId: id }, { outcome: 'succeeded', status, message: '', errors: [] }, services);
}
