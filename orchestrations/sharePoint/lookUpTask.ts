import type { z } from 'zod';
import type { createMoveResultSchema } from '../../shared/contracts/internal/sharePoint.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { SharePointParameters } from '../../shared/contracts/sharePointParameters.ts';
import { createParameters, differsIn, sourceOf } from '../../shared/domain/sharePoint.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import type { SharePointTask } from '../../shared/graph/sharePointTasks.ts';
import { type ActivityServices, audited, storedMigration } from '../activityServices.ts';
import { isAppRefused, type Looked, looked } from '../refusals.ts';
import {
  endMove,
  failed,
  type Move,
  saveMove,
  sharePointOf,
  sharePointService,
} from './endTask.ts';
import { keepSeen, takeBackUnknown } from './unseenTask.ts';

/** True for a source that Graph documents no look-up for: a user's object id. */
export function isBlind({ parameters }: Move): boolean {
  return sourceOf(parameters).kind === 'userId';
}

/** Graph: get SharePoint task. */
export async function readTask(
  graphTaskId: string,
  services: ActivityServices,
): Promise<Looked<SharePointTask>> {
  return looked(await sharePointOf(services).getTask(graphTaskId));
}

/**
 * Graph: get the last task of a source. Only a 404 says that there is none. The look-up by principal name is tried with a user's object id,
 * which is not documented: what it refuses for the id's sake counts as absent, and says nothing.
 */
export async function lookUpMove(
  move: Move,
  services: ActivityServices,
): Promise<Looked<SharePointTask>> {
  const client = sharePointOf(services);
  const { kind, value } = sourceOf(move.parameters);
  switch (kind) {
    case 'userPrincipalName':
      return looked(await client.getTaskByUser(value));
    case 'siteUrl':
      return looked(await client.getTaskBySite(value));
    case 'mailNickname':
      return looked(await client.getTaskByGroup(value));
    case 'userId': {
      const found = looked(await client.getTaskByUser(value));
      return found.kind === 'refused' && saysNothing(found.problem)
        ? { kind: 'absent', problem: found.problem }
        : found;
    }
  }
}

function saysNothing(problem: GraphProblem): boolean {
  const { httpStatus } = problem;
  return (
    httpStatus >= 400 &&
    httpStatus < 500 &&
    ![408, 409, 423, 425, 429].includes(httpStatus) &&
    !isAppRefused(problem)
  );
}

/** What a create sends now: a reschedule changes the start of what has not been created. */
export async function parametersToSend(
  { migrationId, parameters }: Move,
  { stores }: ActivityServices,
): Promise<SharePointParameters> {
  const { completeAfterDateTime } = await storedMigration(stores, migrationId);
  return createParameters(parameters, completeAfterDateTime);
}

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
