import type { z } from 'zod';
import {
  listSharePointTasksInputSchema,
  type listSharePointTasksResultSchema,
  type TaskRef,
} from '../../shared/contracts/internal/sharePoint.ts';
import {
  parameterTypes,
  type SharePointParameters,
} from '../../shared/contracts/sharePointParameters.ts';
import type { Outcome, ServiceStatus, Task, TaskError } from '../../shared/contracts/task.ts';
import { refusalCode } from '../../shared/domain/errorCatalogue/errorCatalogue.ts';
import { cancelUnstarted } from '../../shared/domain/outcomes.ts';
import { hasFinalOutcome } from '../../shared/domain/polling.ts';
import { sharePointWorkload } from '../../shared/domain/sharePoint.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import type { SharePointClient, SharePointTask } from '../../shared/graph/sharePointTasks.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import { StaleRowError } from '../../shared/storage/transactions.ts';
import {
  type ActivityServices,
  MissingRowError,
  releaseEnded,
  storedBatch,
} from '../activityServices.ts';
import { recountTasks } from '../batchStatus.ts';

/** The row of a SharePoint task. */
export type SharePointTaskRow = Task & { readonly parameters: SharePointParameters };

/** Returns the row of a SharePoint task. Throws a MissingRowError if there is none. */
export async function storedTaskRow(
  stores: Stores,
  { migrationId, batchId, taskId }: TaskRef,
): Promise<SharePointTaskRow> {
  const task = await stores.tasks.get(migrationId, batchId, taskId);
  if (task === undefined || !isSharePointTask(task))
    throw new MissingRowError(
      `the table of tasks has no SharePoint task ${migrationId} ${batchId} ${taskId}`,
    );
  return task;
}

/**
 * Writes the row of a SharePoint task that had no final outcome when it was read. Throws a
 * StaleRowError if it has one now, so that a stalled instance does not overwrite it. The activity
 * then runs again and reads the row anew.
 */
export async function saveTaskRow(
  taskRow: SharePointTaskRow,
  { stores }: Pick<ActivityServices, 'stores'>,
): Promise<void> {
  const current = await storedTaskRow(stores, taskRow);
  if (hasFinalOutcome(current)) throw new StaleRowError('tasks');
  await stores.tasks.save([taskRow], [current]);
}

export function isSharePointTask(task: Task): task is SharePointTaskRow {
  return task.parameters !== null;
}

/**
 * Lists the tasks of a SharePoint batch for a stage. For `validate`: tasks without an outcome that
 * the request or the task itself wants validated. For `migrate`: all tasks without a final outcome.
 * `number` is a task's number in the batch, the same at every call.
 */
export async function listSharePointTasks(
  input: unknown,
  { stores, nowMs }: ActivityServices,
): Promise<z.infer<typeof listSharePointTasksResultSchema>> {
  const { migrationId, batchId, stage } = listSharePointTasksInputSchema.parse(input);
  const request = await stores.requests.load(migrationId);
  if (request.kind !== 'sharePoint')
    throw new Error(`${migrationId} is not a SharePoint migration`);
  const updatedAt = new Date(nowMs()).toISOString();
  const { validateFirst, validateOnly, checkIdentityMappings } = request;
  const rows = (await stores.tasks.listBatch(migrationId, batchId)).filter(isSharePointTask);
  const open = rows.flatMap((taskRow, index) =>
    hasFinalOutcome(taskRow) || (stage === 'validate' && taskRow.outcome !== null)
      ? []
      : [{ taskRow, number: index + 1 }],
  );
  const tasks = open
    .map(({ taskRow, number }) => ({
      taskId: taskRow.taskId,
      number,
      checkMapping: checkIdentityMappings && hasMapping(taskRow),
      validate: validateFirst || validateOnly || taskRow.parameters.validateOnly === true,
    }))
    .filter(({ checkMapping, validate }) => stage === 'migrate' || checkMapping || validate);
  const { restarts } = await storedBatch(stores, migrationId, batchId);
  const held =
    restarts === 0
      ? []
      : await Promise.all(
          open.map(({ taskRow: { taskId } }) =>
            stores.quota.find({ migrationId, batchId, taskId }),
          ),
        );
  const begun = open.some(
    ({ taskRow }, index) => taskRow.outcome === 'unknown' || (held[index] ?? 0) > 0,
  );
  const phase = stage === 'migrate' ? 'moving' : 'validating';
  if (tasks.length > 0)
    await stores.batches.updateWhen(migrationId, batchId, (batch) => batch.phase !== 'outOfSight', {
      phase,
      updatedAt,
    });
  return { tasks, begun };
}

/** Sites have no entry in an identity map. */
function hasMapping({ parameters }: SharePointTaskRow): boolean {
  return parameters['@odata.type'] !== parameterTypes.site;
}

/** Returns the SharePoint client. Throws if the app is configured without a source tenant. */
export function sharePointClient({ sharePoint }: ActivityServices): SharePointClient {
  if (sharePoint === undefined)
    throw new Error('there are SharePoint tasks under way, but SOURCE_TENANT_ID is not set');
  return sharePoint;
}

/** How a SharePoint task ended. */
export interface TaskEnd {
  readonly outcome: Outcome;
  readonly status: string;
  readonly message: string;
  readonly errors: readonly TaskError[];
}

/** Returns the status of the only workload of a SharePoint task. */
export function sharePointService({
  status,
  message,
  errors,
}: Omit<TaskEnd, 'outcome'>): ServiceStatus {
  return { service: sharePointWorkload, status, message, errors: [...errors] };
}

/** Returns Graph's refusal with its message, for the task's row only. */
export function errorOf(problem: GraphProblem): TaskError {
  const { httpStatus, message } = problem;
  // The message is one of the network or of a credential, which only the log may contain.
  if (httpStatus === 0)
    return { code: refusalCode(problem), message: 'Graph did not respond; the log has the reason' };
  return {
    code: refusalCode(problem),
    message: message === '' ? `Graph responded with status ${String(httpStatus)}` : message,
  };
}

/** Returns the errors of a failed task, or one with the message `unsaid` if Graph gives none. */
export function errorsOf(
  { errors }: SharePointTask,
  unsaid: string,
): readonly [TaskError, ...TaskError[]] {
  const [first, ...others] = errors.map(({ code, message }) => ({
    code: code === '' ? 'NoCode' : code,
    message,
  }));
  return first === undefined ? [{ code: 'NoCode', message: unsaid }] : [first, ...others];
}

/**
 * Sets the outcome of a SharePoint task, unless it has one, and releases its quota. Safe to repeat.
 */
export async function endTask(
  taskRow: SharePointTaskRow,
  end: TaskEnd,
  services: ActivityServices,
): Promise<{ readonly kind: 'ended' }> {
  if (taskRow.outcome !== null) return leaveQueue(taskRow, services);
  const ended: SharePointTaskRow = {
    ...taskRow,
    outcome: end.outcome,
    outcomeBefore: null,
    creation: null,
    services: [sharePointService(end)],
    updatedAt: new Date(services.nowMs()).toISOString(),
  };
  await saveTaskRow(ended, services);
  return leaveQueue(ended, services);
}

/** Ends a SharePoint task before anything was created. Safe to repeat. */
export async function endUnstarted(
  taskRow: SharePointTaskRow,
  services: ActivityServices,
): Promise<{ readonly kind: 'ended' }> {
  return leaveQueue(await saveCancelled(taskRow, services), services);
}

/** Records that a SharePoint task was cancelled before anything was created. */
export async function saveCancelled(
  taskRow: SharePointTaskRow,
  services: ActivityServices,
): Promise<SharePointTaskRow> {
  const { stores, nowMs } = services;
  const service = sharePointService({
    status: 'cancelled',
    message: 'cancelled on request',
    errors: [],
  });
  const cancelled = {
    ...cancelUnstarted(taskRow, [service], new Date(nowMs()).toISOString()),
    parameters: taskRow.parameters,
  };
  await stores.tasks.save([cancelled], [taskRow]);
  await releaseEnded(cancelled, [cancelled], services);
  return cancelled;
}

/**
 * Releases the quota and the ledger entry of a SharePoint task that has its outcome, and updates
 * the batch's counts.
 */
export async function leaveQueue(
  taskRow: Task,
  services: ActivityServices,
): Promise<{ readonly kind: 'ended' }> {
  const { migrationId, batchId, taskId } = taskRow;
  await services.stores.quota.release({ migrationId, batchId, taskId });
  await releaseEnded(taskRow, [taskRow], services);
  await recountTasks({ migrationId, batchId }, services);
  return { kind: 'ended' };
}

/** Returns the end of a SharePoint task that Graph refused. */
export function refused(problem: GraphProblem): TaskEnd {
  return failed(errorOf(problem));
}

export function failed(error: TaskError): TaskEnd {
  return { outcome: 'failed', status: 'failed', message: error.message, errors: [error] };
}
