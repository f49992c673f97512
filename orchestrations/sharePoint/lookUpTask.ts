import type { z } from 'zod';
import type { createSharePointTaskInputSchema } from '../../shared/contracts/internal/sharePoint.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { SharePointParameters } from '../../shared/contracts/sharePointParameters.ts';
import { lenientInstantMs } from '../../shared/contracts/text.ts';
import { isPaused, openCommands } from '../../shared/domain/commands.ts';
import {
  createParameters,
  firstDifference,
  isFinalSharePointStatus,
  sourceOf,
} from '../../shared/domain/sharePoint.ts';
import {
  absenceOf,
  blindAbsenceOf,
  type ClearanceEvent,
  clearanceEventOf,
  type ClearanceState,
  type EarlierEvent,
  type LookUpEvent,
  type LookUpState,
  type ResponseEvent,
} from '../../shared/domain/sharePointCreation.ts';
import {
  isAppRefused,
  isQueueFull,
  type ReadResult,
  readResult,
  sourceHasTask,
} from '../../shared/graph/problems.ts';
import type { GraphProblem, GraphResult } from '../../shared/graph/result.ts';
import type { SharePointTask } from '../../shared/graph/sharePointTasks.ts';
import { type ActivityServices, storedMigration } from '../activityServices.ts';
import { isFrozen } from '../batchStatus.ts';
import { sharePointClient, type SharePointTaskRow } from './taskRow.ts';
import { isRefusedTooLong } from './taskTurn.ts';

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

/**
 * Returns true if Graph has already moved a task's source to the same target, so that it is not to
 * be moved again.
 */
async function isMoved(
  taskRow: SharePointTaskRow,
  task: SharePointTask,
  services: ActivityServices,
): Promise<boolean> {
  const { stores } = services;
  if (task.status !== 'completed') return false;
  const sent = await parametersToSend(taskRow, services);
  if (firstDifference(sent, task.parameters, 'task') !== null) return false;
  const request = await stores.requests.load(taskRow.migrationId);
  if (request.kind !== 'sharePoint' || !request.moveAgain) return true;
  const { acceptedAt } = await storedMigration(stores, taskRow.migrationId);
  const { finishedDateTime, lastUpdatedDateTime } = task;
  const endedMs = lenientInstantMs(finishedDateTime) ?? lenientInstantMs(lastUpdatedDateTime);
  return endedMs !== undefined && endedMs >= Date.parse(acceptedAt);
}

/** One try of the creation of a task. */
export interface CreationTry {
  readonly turn: z.infer<typeof createSharePointTaskInputSchema>;
  readonly rows: { readonly taskRow: SharePointTaskRow; readonly batch: Batch };
  readonly services: ActivityServices;
}

/** What Graph has shown or said last. */
export interface Response {
  readonly operation: string;
  readonly found?: SharePointTask;
  readonly problem: GraphProblem;
  /** The wait that Graph asks for, or 0. */
  readonly askedSeconds: number;
  /** Graph refused to look up the source. */
  readonly isRefused: boolean;
}

/** Returns what Graph has shown or said. */
export function responseOf(
  operation: string,
  result: ReadResult<SharePointTask> | GraphResult<SharePointTask>,
): Response {
  if (result.kind === 'seen' || result.kind === 'done') {
    const { value: found } = result;
    const message = `the last task of the source is ${found.id ?? 'one without an id'}, which ended before`;
    return {
      operation,
      found,
      problem: { ...noProblem, httpStatus: 200, message },
      askedSeconds: 0,
      isRefused: false,
    };
  }
  const askedSeconds = 'seconds' in result ? result.seconds : 0;
  const isRefused = result.kind === 'refused';
  return { operation, problem: result.problem, askedSeconds, isRefused };
}

/** Returns what the read of an earlier run's task has shown. */
export function earlierEventOf(read: ReadResult<SharePointTask>): EarlierEvent {
  if (read.kind !== 'seen') return read.kind;
  const { status } = read.value;
  if (status === 'completed') return 'completed';
  return isFinalSharePointStatus(status) ? 'over' : 'running';
}

/** Returns what a look-up of the source has shown. */
export async function lookUpEventOf(
  read: ReadResult<SharePointTask>,
  state: LookUpState,
  { turn, rows, services }: CreationTry,
): Promise<LookUpEvent> {
  const { taskRow } = rows;
  const { creation } = taskRow;
  if (read.kind === 'refused')
    return isRefusedTooLong(turn, services) ? 'refusedForLong' : 'refused';
  const isPrevious =
    read.kind === 'seen' && creation !== null && read.value.id === creation.previousTaskId;
  if (read.kind === 'seen' && !isPrevious) {
    if (!isFinalSharePointStatus(read.value.status)) return 'running';
    return (await isMoved(taskRow, read.value, services)) ? 'moved' : 'over';
  }
  // A new task would be the last one of its source. To see the one before it again proves more than
  // a 404 does.
  if (isPrevious) return 'absent';
  const sentAtMs = creation === null || state === 'missing' ? null : Date.parse(creation.sentAt);
  const nowMs = services.nowMs();
  return hasNoLookUp(taskRow) && state !== 'missing'
    ? blindAbsenceOf(sentAtMs, nowMs)
    : absenceOf({ sentAtMs, sight: turn.sight, lookedUpAtMs: turn.lookedUpAtMs, nowMs });
}

/**
 * Returns what speaks against a create now. Reads the freeze last, right before the create.
 */
export async function readClearance(
  state: ClearanceState,
  { turn, rows, services }: CreationTry,
): Promise<ClearanceEvent> {
  const { migrationId, batchId, taskId } = rows.taskRow;
  const { stores } = services;
  // An earlier try may have succeeded: only another one can tell.
  if (state === 'readyAgain') return (await isFrozen(services)) ? 'frozen' : 'clear';
  const commandLog = await stores.commands.readBatchLog(turn.migrationId, turn.batchId);
  const quota = await stores.quota.find({ migrationId, batchId, taskId });
  return clearanceEventOf({
    hasCommand: openCommands(turn.batchId, commandLog).pending.length > 0,
    isPaused: isPaused(commandLog),
    hasQuota: (quota ?? 0) > 0,
    isFrozen: await isFrozen(services),
  });
}

/** Returns what Graph's response to a create means. */
export function responseEventOf(
  created: GraphResult<SharePointTask>,
  taskRow: SharePointTaskRow,
): ResponseEvent {
  if (created.kind === 'done') return created.value.id === null ? 'unclear' : 'created';
  if (isQueueFull(created.problem)) return 'queueFull';
  switch (created.kind) {
    case 'retryAfter':
      return 'postponed';
    case 'unknown':
    case 'conflict':
      return 'unclear';
    default:
      if (!sourceHasTask(created.problem)) return 'rejected';
      return hasNoLookUp(taskRow) ? 'blindSourceHasTask' : 'sourceHasTask';
  }
}

/** The problem of a call without a response. */
const noProblem: GraphProblem = {
  httpStatus: 0,
  code: '',
  codes: [],
  message: '',
  requestId: null,
  clientRequestId: null,
};
