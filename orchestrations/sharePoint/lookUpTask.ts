import type { z } from 'zod';
import type { createSharePointTaskResultSchema } from '../../shared/contracts/internal/sharePoint.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { SharePointParameters } from '../../shared/contracts/sharePointParameters.ts';
import { createParameters, firstDifference, sourceOf } from '../../shared/domain/sharePoint.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import type { SharePointTask } from '../../shared/graph/sharePointTasks.ts';
import { type ActivityServices, audited, storedMigration } from '../activityServices.ts';
import { isAppRefused, type ReadResult, readResult } from '../refusals.ts';
import {
  endTask,
  failed,
  type SharePointTaskRow,
  saveTaskRow,
  sharePointOf,
  sharePointService,
} from './endTask.ts';
import { saveSeen, takeBackUnknown } from './unseenTask.ts';

/** True for a source that Graph documents no look-up for: a user's object id. */
export function isBlind({ parameters }: SharePointTaskRow): boolean {
  return sourceOf(parameters).kind === 'userId';
}

/** Graph: get SharePoint task. */
export async function readTask(
  graphTaskId: string,
  services: ActivityServices,
): Promise<ReadResult<SharePointTask>> {
  return readResult(await sharePointOf(services).getTask(graphTaskId));
}

/**
 * Graph: get the last task of a source. Only a 404 says that there is none. The look-up by principal name is tried with a user's object id,
 * which is not documented: what it refuses for the id's sake counts as absent, and says nothing.
 */
export async function lookUpTask(
  taskRow: SharePointTaskRow,
  services: ActivityServices,
): Promise<ReadResult<SharePointTask>> {
  const client = sharePointOf(services);
  const { kind, value } = sourceOf(taskRow.parameters);
  switch (kind) {
    case 'userPrincipalName':
      return readResult(await client.getTaskByUser(value));
    case 'siteUrl':
      return readResult(await client.getTaskBySite(value));
    case 'mailNickname':
      return readResult(await client.getTaskByGroup(value));
    case 'userId': {
      const found = readResult(await client.getTaskByUser(value));
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
  { migrationId, parameters }: SharePointTaskRow,
  { stores }: ActivityServices,
): Promise<SharePointParameters> {
  const { completeAfterDateTime } = await storedMigration(stores, migrationId);
  return createParameters(parameters, completeAfterDateTime);
}

type Created = Extract<
  z.infer<typeof createSharePointTaskResultSchema>,
  { kind: 'created' | 'ended' }
>;

/** Keeps which task of Graph is ours, unless it moves the source to another place than was asked for. */
export async function adoptTask(
  { taskRow: before, batch }: { readonly taskRow: SharePointTaskRow; readonly batch: Batch },
  { id, status, parameters }: SharePointTask,
  how: 'adopt' | 'create',
  services: ActivityServices,
): Promise<Created> {
  const taskRow = await takeBackUnknown({ taskRow: before, batch }, status, services);
  const different = firstDifference(
    await parametersToSend(taskRow, services),
    parameters,
    how === 'adopt' ? 'all' : 'task',
  );
  if (id === null || different !== null) {
    const message = `the task ${id ?? ''} moves this source already, with another ${different ?? 'id'}: cancel it or let it end, then send this one again`;
    const ended = await endTask(
      taskRow,
      failed({ code: 'MnASiteMoveIsInprogressOrFinished', message }),
      services,
    );
    await saveSeen(before, services);
    return ended;
  }
  await saveTaskRow(
    {
      ...taskRow,
      jobId: id,
      outcomeBefore: null,
      services: [sharePointService({ status, message: '', errors: [] })],
      updatedAt: new Date(services.nowMs()).toISOString(),
    },
    services,
  );
  await saveSeen(before, services);
  await audited(
    {
      migrationId: taskRow.migrationId,
      batchId: taskRow.batchId,
      taskId: taskRow.taskId,
      jobId: id,
      eventId: `task/${id}`,
      type: `task.${how}`,
    },
    services,
  );
  return { kind: 'created', graphTaskId: id };
}
