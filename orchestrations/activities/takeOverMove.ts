import type { z } from 'zod';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { createMoveResultSchema } from '../../shared/contracts/sharePointActivities.ts';
import { differsIn } from '../../shared/domain/moveParameters.ts';
import type { SharePointTask } from '../../shared/graph/sharePointClient.ts';
import type { ActivityServices } from './activityServices.ts';
import { audited } from './audited.ts';
import { endMove, failed, sharePointService } from './endMove.ts';
import { parametersToSend } from './parametersToSend.ts';
import { type Move, saveMove } from './storedMove.ts';
import { keepSeen, takeBackUnknown } from './unseenMove.ts';

type Created = Extract<z.infer<typeof createMoveResultSchema>, { kind: 'created' | 'ended' }>;

/** Keeps which task of Graph is ours, unless it moves the source to another place than was asked for. */
export async function takeOverMove(
  { move: before, batch }: { readonly move: Move; readonly batch: Batch },
  { id, status, parameters }: SharePointTask,
  how: 'adopt' | 'create',
  services: ActivityServices,
): Promise<Created> {
  const move = await takeBackUnknown({ move: before, batch }, status, services);
  const different = differsIn(
    await parametersToSend(move, services),
    parameters,
    how === 'adopt' ? 'all' : 'move',
  );
  if (id === null || different !== null) {
    const message = `the task ${id ?? ''} moves this source already, with another ${different ?? 'id'}: cancel it or let it end, then send this one again`;
    const ended = await endMove(
      move,
      failed({ code: 'MnASiteMoveIsInprogressOrFinished', message }),
      services,
    );
    await keepSeen(before, services);
    return ended;
  }
  await saveMove(
    {
      ...move,
      jobId: id,
      outcomeBefore: null,
      services: [sharePointService({ status, message: '', errors: [] })],
      updatedAt: new Date(services.nowMs()).toISOString(),
    },
    services,
  );
  await keepSeen(before, services);
  await audited(
    {
      migrationId: move.migrationId,
      batchId: move.batchId,
      taskId: move.taskId,
      jobId: id,
      eventId: `task/${id}`,
      type: `task.${how}`,
    },
    services,
  );
  return { kind: 'created', graphTaskId: id };
}
