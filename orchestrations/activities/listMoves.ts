import type { z } from 'zod';
import { listMovesInputSchema, type listMovesResultSchema } from '../../shared/contracts/sharePointActivities.ts';
import { parameterTypes } from '../../shared/contracts/sharePointParameters.ts';
import type { ActivityServices } from './activityServices.ts';
import { isMove, type Move } from './storedMove.ts';

/**
 * The tasks of a SharePoint batch that a stage is about, those without an outcome: to be validated what the request or the
 * task itself asks for, to be moved all. `number` is a task's place in the batch, the same at every call.
 */
export async function listMoves(input: unknown, { stores, nowMs }: ActivityServices): Promise<z.infer<typeof listMovesResultSchema>> {
  const { migrationId, batchId, stage } = listMovesInputSchema.parse(input);
  const request = await stores.requests.load(migrationId);
  if (request.kind !== 'sharePoint') throw new Error(`${migrationId} is no SharePoint migration`);
  const { validateFirst, validateOnly, checkIdentityMappings } = request;
  const tasks = (await stores.tasks.listBatch(migrationId, batchId)).filter(isMove);
  const open = tasks.flatMap((move, index) => (move.outcome === null ? [{ move, number: index + 1 }] : []));
  const moves = open
    .map(({ move, number }) => ({
      taskId: move.taskId,
      number,
      checkMapping: checkIdentityMappings && hasMapping(move),
      validate: validateFirst || validateOnly || move.parameters.validateOnly === true,
    }))
    .filter(({ checkMapping, validate }) => stage === 'move' || checkMapping || validate);
  if (moves.length > 0) await stores.batches.update(migrationId, batchId, { phase: stage === 'move' ? 'moving' : 'validating', updatedAt: new Date(nowMs()).toISOString() });
  return { moves };
}

/** Sites are nobody's: they have no entry in an identity map. */
function hasMapping({ parameters }: Move): boolean {
  return parameters['@odata.type'] !== parameterTypes.site;
}
