import type { z } from 'zod';
import type { createSharePointTaskResultSchema } from '../../shared/contracts/internal/sharePoint.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { SharePointParameters } from '../../shared/contracts/sharePointParameters.ts';
import { createParameters, firstDifference, sourceOf } from '../../shared/domain/sharePoint.ts';
import { isAppRefused, type ReadResult, readResult } from '../../shared/graph/problems.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import type { SharePointTask } from '../../shared/graph/sharePointTasks.ts';
import { type ActivityServices, audited, storedMigration } from '../activityServices.ts';
import {
  endTask,
  failed,
  leaveQueue,
  type SharePointTaskRow,
  saveTaskRow,
  sharePointClient,
  sharePointService,
} from './endTask.ts';
import { showInSight } from './taskTurn.ts';
import { saveUnknown, correctUnknown } from './unseenTask.ts';

/** Returns true if Graph documents no look-up for the source: a user's object id. */
export function hasNoLookUp({ parameters }: SharePointTaskRow): boolean {
  return sourceOf(parameters).kind === 'userId';
}

/** Reads a SharePoint task (Graph: get). */
export async function readTask(
  graphTaskId: string,
  services: ActivityServices,
): Promise<ReadResult<SharePointTask>> {
  return readResult(await sharePointClient(services).getTask(graphTaskId));
}

/**
 * Reads the last task of a source (Graph: get by user, site or group). Only a 404 means that there
 * is none. For a user's object id, the look-up by principal name is tried, which is not documented;
 * if Graph refuses the id, the task counts as absent, although that proves nothing.
 */
export async function lookUpTask(
  taskRow: SharePointTaskRow,
  services: ActivityServices,
): Promise<ReadResult<SharePointTask>> {
  const client = sharePointClient(services);
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

/**
 * Returns the parameters that a create sends now. A reschedule changes the start of tasks that were
 * not created yet.
 */
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

/**
 * Records that a task of Graph is ours. If it moves the source to another target than requested,
 * ends the task instead.
 */
export async function adoptTask(
  { taskRow: before, batch }: { readonly taskRow: SharePointTaskRow; readonly batch: Batch },
  { id, status, parameters }: SharePointTask,
  how: 'adopt' | 'create',
  services: ActivityServices,
): Promise<Created> {
  const taskRow = await correctUnknown({ taskRow: before, batch }, status, services);
  const different = firstDifference(
    await parametersToSend(taskRow, services),
    parameters,
    how === 'adopt' ? 'all' : 'task',
  );
  if (id === null || different !== null) {
    const message = `task ${id ?? ''} already moves this source, with another ${different ?? 'id'}: cancel it or wait for its end, then send this task again`;
    const ended = await endTask(
      taskRow,
      failed({ code: 'MnASiteMoveIsInprogressOrFinished', message }),
      services,
    );
    await showInSight(before, services);
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
  await showInSight(before, services);
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

/** The status of a task whose create was sent. This is our own word, which Graph never returns. */
export const creating = 'creating';

/** The status of a task that Graph reported but has not shown yet. This is our own word as well. */
export const existing = 'existing';

/**
 * Returns true if the task may have been created: by a host that died during the create, or by a
 * create without a response.
 */
export function mayExist({ services }: SharePointTaskRow): boolean {
  return services.some(({ status }) => status === creating || status === existing);
}

/** Returns true if it is not known whether the previous run created a task. */
export function isUnclear({ outcome, outcomeBefore, jobId }: SharePointTaskRow): boolean {
  return outcome === 'unknown' || (outcomeBefore === 'unknown' && jobId === null);
}

/**
 * Ends a task that may have been created and that Graph offers no look-up for. Its outcome is
 * `unknown` and cannot be corrected later.
 */
export async function recordUnclear(
  rows: { readonly taskRow: SharePointTaskRow; readonly batch: Batch },
  problem: GraphProblem,
  services: ActivityServices,
): Promise<{ readonly kind: 'ended' }> {
  const { taskRow } = rows;
  if (taskRow.outcome === null)
    await saveUnknown(
      rows,
      taskRow.updatedAt,
      'OutOfSight',
      { problem, remark: unclearMessage },
      services,
    );
  // Nothing watches the task any more, so it must not hold its quota.
  return leaveQueue({ ...taskRow, outcome: 'unknown' }, services);
}

const unclearMessage =
  'the task may have been created, and Graph offers no look-up by object id: check its state in the source tenant before you send the task again, and name the user by principal name';

export const noProblem: GraphProblem = {
  httpStatus: 0,
  code: '',
  codes: [],
  message: '',
  requestId: null,
  clientRequestId: null,
};
