import type { z } from 'zod';
import {
  listMovesInputSchema,
  type listMovesResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import { parameterTypes } from '../../shared/contracts/sharePointParameters.ts';
import { isSettled } from '../../shared/domain/sight.ts';
import { type ActivityServices, storedBatch } from '../activityServices.ts';
import { isMove, type Move } from './endTask.ts';

/**
 * The tasks of a SharePoint batch that a stage is about: to be validated those without an outcome for which the request or the
 * task itself asks for it, to be moved all that have not come to their end. `number` is a task's place in the batch, the same at every call.
 */
export async function listMoves(
  input: unknown,
  { stores, nowMs }: ActivityServices,
): Promise<z.infer<typeof listMovesResultSchema>> {
  const { migrationId, batchId, stage } = listMovesInputSchema.parse(input);
  const request = await stores.requests.load(migrationId);
  if (request.kind !== 'sharePoint') throw new Error(`${migrationId} is no SharePoint migration`);
  const updatedAt = new Date(nowMs()).toISOString();
  const { validateFirst, validateOnly, checkIdentityMappings } = request;
  const tasks = (await stores.tasks.listBatch(migrationId, batchId)).filter(isMove);
  const open = tasks.flatMap((move, index) =>
    isSettled(move) || (stage === 'validate' && move.outcome !== null)
      ? []
      : [{ move, number: index + 1 }],
  );
  const moves = open
    .map(({ move, number }) => ({
      taskId: move.taskId,
      number,
      checkMapping: checkIdentityMappings && hasMapping(move),
      validate: validateFirst || validateOnly || move.parameters.validateOnly === true,
    }))
    .filter(({ checkMapping, validate }) => stage === 'move' || checkMapping || validate);
  const { restarts } = await storedBatch(stores, migrationId, batchId);
  const held =
    restarts === 0
      ? []
      : await Promise.all(
          open.map(({ move: { taskId } }) => stores.slots.find({ migrationId, batchId, taskId })),
        );
  const begun = open.some(
    ({ move }, index) => move.outcome === 'unknown' || (held[index] ?? 0) > 0,
  );
  const phase = stage === 'move' ? 'moving' : 'validating';
  if (moves.length > 0)
    await stores.batches.updateWhen(migrationId, batchId, (batch) => batch.phase !== 'outOfSight', {
      phase,
      updatedAt,
    });
  return { moves, begun };
}

/** Sites are nobody's: they have no entry in an identity map. */
function hasMapping({ parameters }: Move): boolean {
  return parameters['@odata.type'] !== parameterTypes.site;
}
