import type { z } from 'zod';
import {
  createSharePointTaskInputSchema,
  type createSharePointTaskResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import { hasFinalOutcome, outOfSightSince } from '../../shared/domain/sight.ts';
import { isQueueFull, sourceHasTask, throttleSeconds } from '../../shared/graph/problems.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import type { ActivityServices } from '../activityServices.ts';
import { isFrozen } from '../commands/freeze.ts';
import {
  endTask,
  leaveQueue,
  type SharePointTaskRow,
  refused,
  saveTaskRow,
  sharePointClient,
  sharePointService,
  storedTaskRow,
} from './endTask.ts';
import {
  adoptTask,
  creating,
  existing,
  hasNoLookUp,
  isUnclear,
  lookUpTask,
  mayExist,
  noProblem,
  parametersToSend,
  recordUnclear,
} from './lookUpTask.ts';
import { returnToQueue } from './quota.ts';
import { beginTurn, endDelay, isRefusedTooLong, retryLater, showInSight } from './taskTurn.ts';
import { saveUnseen } from './unseenTask.ts';

type Result = z.input<typeof createSharePointTaskResultSchema>;
type Turn = z.infer<typeof createSharePointTaskInputSchema>;
interface Rows {
  readonly taskRow: SharePointTaskRow;
  readonly batch: Batch;
}

const operation = 'create SharePoint task';

/**
 * Creates a SharePoint task, once (Graph: create). Looks the source up first, because an earlier
 * try may have succeeded: a new task of the source is ours.
 */
export async function createSharePointTask(
  input: unknown,
  services: ActivityServices,
): Promise<Result> {
  const turn = createSharePointTaskInputSchema.parse(input);
  const rows = await beginTurn(turn, services);
  if (rows === undefined) return { kind: 'ended' };
  const { taskRow } = rows;
  if (hasFinalOutcome(taskRow)) return leaveQueue(taskRow, services);
  // This activity ran before, and its result did not arrive.
  if (taskRow.jobId !== null && taskRow.outcome === null && taskRow.outcomeBefore === null)
    return { kind: 'created', graphTaskId: taskRow.jobId };
  const isNoted = mayExist(taskRow);
  const isCreateUnknown = turn.isCreateUnknown || isNoted || isUnclear(taskRow);
  const found = await lookUpTask(taskRow, services);
  if (found.kind === 'refused' && !isCreateUnknown && isRefusedTooLong(turn, services))
    return endTask(taskRow, refused(found.problem), services);
  if (found.kind === 'refused' && !isCreateUnknown) {
    const next =
      (await returnToQueue(turn, found.seconds, services)) ??
      (await retryLater(turn, { operation: 'look up SharePoint task', ...found }, services));
    return { ...next, isRefused: true };
  }
  if (found.kind === 'refused')
    return notShown(
      rows,
      turn,
      { operation: 'look up SharePoint task', isAbsent: false, ...found },
      services,
    );
  if (found.kind === 'seen' && found.value.id !== turn.beforeId) {
    await endDelay(turn, turn.delayedSinceMs ?? turn.sight.unseenSinceMs, services);
    return adoptTask(rows, found.value, 'create', services);
  }
  // Graph may have deleted the task by now. Its absence is no reason to move the source again.
  const isThereUnseen = taskRow.services.some(({ status }) => status === existing);
  if (found.kind === 'absent' && (taskRow.outcome === 'unknown' || isThereUnseen))
    return notShown(
      rows,
      turn,
      { operation: 'look up SharePoint task', seconds: 0, isAbsent: isThereUnseen, ...found },
      services,
    );
  if (outOfSightSince(taskRow) !== undefined) await clearOutOfSight(taskRow, services);
  // Nothing can have been created, so a command that arrives now is in time: the queue handles it.
  const queued = isCreateUnknown ? undefined : await returnToQueue(turn, 0, services);
  if (queued !== undefined) return queued;
  // An earlier try released the quota, and its result did not arrive.
  if (!isCreateUnknown && !(await hasQuota(taskRow, services)))
    return { kind: 'full', seconds: 0, commands: true, isHeld: false };
  // A repeated create would move the source again if the first task has ended.
  const isRecent =
    isNoted &&
    !isUnclear(taskRow) &&
    services.nowMs() - Date.parse(taskRow.updatedAt) <= noLookUpMs;
  if (isCreateUnknown && hasNoLookUp(taskRow) && !isRecent) {
    return recordUnclear(rows, found.kind === 'absent' ? found.problem : noProblem, services);
  }
  // An earlier try may have succeeded, and Graph does not show it: nothing is sent again during a
  // freeze.
  if (isCreateUnknown && (await isFrozen(services)))
    return heldWhileUnknown(taskRow, turn, isNoted, services);
  if (!isNoted)
    await note(
      taskRow,
      [sharePointService({ status: creating, message: '', errors: [] })],
      services,
    );
  return sent(rows, turn, { isCreateUnknown }, services);
}

/**
 * Waits during a freeze until Graph shows what an earlier try may have created. If Graph shows
 * nothing by the last poll, nothing was created: the task waits in the queue, where it handles
 * commands.
 */
async function heldWhileUnknown(
  taskRow: SharePointTaskRow,
  turn: Turn,
  isNoted: boolean,
  services: ActivityServices,
): Promise<Result> {
  if (!turn.isLast) return { kind: 'frozen' };
  const { migrationId, batchId, taskId } = taskRow;
  if (isNoted) await note(taskRow, [], services);
  await services.stores.quota.release({ migrationId, batchId, taskId });
  await endDelay(turn, turn.delayedSinceMs, services);
  return { kind: 'full', seconds: 0, commands: false, isHeld: true };
}

async function hasQuota(
  { migrationId, batchId, taskId }: SharePointTaskRow,
  { stores }: ActivityServices,
): Promise<boolean> {
  return ((await stores.quota.find({ migrationId, batchId, taskId })) ?? 0) > 0;
}

async function sent(
  rows: Rows,
  turn: Turn,
  { isCreateUnknown }: { readonly isCreateUnknown: boolean },
  services: ActivityServices,
): Promise<Result> {
  const { taskRow } = rows;
  const { stores } = services;
  const { migrationId, batchId, taskId } = taskRow;
  const parameters = await parametersToSend(taskRow, services);
  // A stalled instance may run this late, after another run of the activity created the task.
  const { jobId } = await storedTaskRow(stores, taskRow);
  if (jobId !== null && jobId !== taskRow.jobId) return { kind: 'created', graphTaskId: jobId };
  const created = await sharePointClient(services).createTask(parameters);
  // Neither this try nor an earlier one created anything.
  if (
    !isCreateUnknown &&
    created.kind !== 'done' &&
    (created.kind === 'retryAfter' || isQueueFull(created.problem))
  )
    await note(taskRow, taskRow.services, services);
  if (created.kind !== 'done' && isQueueFull(created.problem)) {
    const seconds = 'seconds' in created ? created.seconds : 0;
    const again = await retryLater(
      turn,
      { operation, seconds: Math.max(5 * throttleSeconds, seconds), problem: created.problem },
      services,
    );
    if (isCreateUnknown) return again;
    await stores.quota.release({ migrationId, batchId, taskId });
    return { kind: 'full', seconds, commands: false, isHeld: false };
  }
  switch (created.kind) {
    case 'done':
      await endDelay(turn, turn.delayedSinceMs, services);
      return created.value.id === null
        ? { kind: 'unknown', seconds: 0 }
        : adoptTask(rows, created.value, 'create', services);
    case 'retryAfter':
      return retryLater(turn, { operation, ...created }, services);
    case 'unknown':
    case 'conflict':
      await retryLater(turn, { operation, seconds: 0, problem: created.problem }, services);
      return { kind: 'unknown', seconds: 'seconds' in created ? created.seconds : 0 };
    default: {
      // The refusal may mean that an earlier try or run succeeded.
      if (hasNoLookUp(taskRow) && sourceHasTask(created.problem))
        return recordUnclear(rows, created.problem, services);
      // Graph reports a task of the source. It may be ours, from a concurrent run of this activity.
      const isFinal =
        !sourceHasTask(created.problem) &&
        (!isCreateUnknown || (turn.isLast && !hasNoLookUp(taskRow)));
      if (isFinal) return endTask(taskRow, refused(created.problem), services);
      if (sourceHasTask(created.problem)) {
        // A repeated create would move the source again after that task has ended.
        const noted = {
          ...taskRow,
          services: [sharePointService({ status: existing, message: '', errors: [] })],
        };
        await note(noted, noted.services, services);
        return notShown(
          { ...rows, taskRow: noted },
          turn,
          { operation, seconds: 0, problem: created.problem, isAbsent: true },
          services,
        );
      }
      await retryLater(turn, { operation, seconds: 0, problem: created.problem }, services);
      return { kind: 'unknown', seconds: 0 };
    }
  }
}

async function notShown(
  rows: Rows,
  turn: Turn,
  missed: {
    readonly operation: string;
    readonly seconds: number;
    readonly problem: GraphProblem;
    readonly isAbsent: boolean;
  },
  services: ActivityServices,
): Promise<Result> {
  const unseen = await saveUnseen(rows, turn, turn.sight, missed, services);
  return unseen.kind === 'ended'
    ? unseen
    : {
        kind: 'notSeen',
        sight: unseen.sight,
        seconds: unseen.seconds,
        throttled: unseen.throttled,
        commands: unseen.commands,
      };
}

/**
 * No task ends this soon. Until then, a create that cannot be looked up may be repeated, because
 * Graph reports the existing task.
 */
const noLookUpMs = 60_000;

/** Removes the out-of-sight state from the rows once the source can be looked up again. */
async function clearOutOfSight(
  taskRow: SharePointTaskRow,
  services: ActivityServices,
): Promise<void> {
  await note(taskRow, [sharePointService({ status: creating, message: '', errors: [] })], services);
  await showInSight(taskRow, services);
}

async function note(
  taskRow: SharePointTaskRow,
  services: SharePointTaskRow['services'],
  activity: ActivityServices,
): Promise<void> {
  await saveTaskRow(
    { ...taskRow, services, updatedAt: new Date(activity.nowMs()).toISOString() },
    activity,
  );
}
