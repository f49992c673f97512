import type { z } from 'zod';
import {
  findSharePointTaskInputSchema,
  type findSharePointTaskResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import { firstDifference, isFinalSharePointStatus } from '../../shared/domain/sharePoint.ts';
import { hasFinalOutcome } from '../../shared/domain/sight.ts';
import { lenientInstantMs } from '../../shared/domain/text.ts';
import type { SharePointTask } from '../../shared/graph/sharePointTasks.ts';
import { type ActivityServices, storedMigration } from '../activityServices.ts';
import { movedAlready } from '../reservations.ts';
import { endTask, leaveQueue, type SharePointTaskRow, refused } from './endTask.ts';
import { lookUpTask, parametersToSend, readTask, adoptTask, mayExist } from './lookUpTask.ts';
import { returnToQueue } from './quota.ts';
import { beginTurn, endDelay, isRefusedTooLong, retryLater } from './taskTurn.ts';

type Result = z.input<typeof findSharePointTaskResultSchema>;
const operation = 'look up SharePoint task';

/**
 * Looks up whether the source has a task before one is created. A running task is adopted if it
 * moves the same source to the same target at the same time. The id of a finished task is returned,
 * so that a later look-up can tell it from ours. A source that Graph has already moved to the same
 * target is not moved again.
 */
export async function findSharePointTask(
  input: unknown,
  services: ActivityServices,
): Promise<Result> {
  const turn = findSharePointTaskInputSchema.parse(input);
  const rows = await beginTurn(turn, services);
  if (rows === undefined) return { kind: 'ended' };
  const { taskRow, batch } = rows;
  if (hasFinalOutcome(taskRow)) return leaveQueue(taskRow, services);

  // The outcome of the previous run's task is unknown, so that task is checked first.
  if (taskRow.outcomeBefore === 'unknown' && taskRow.jobId !== null) {
    const own = await readTask(taskRow.jobId, services);
    if (own.kind === 'refused')
      return (
        (await returnToQueue(turn, own.seconds, services)) ??
        retryLater(turn, { operation: 'get SharePoint task', ...own }, services)
      );
    if (own.kind === 'seen' && own.value.status === 'completed')
      return succeeded(taskRow, own.value, services);
    if (own.kind === 'seen' && !isFinalSharePointStatus(own.value.status))
      return adoptTask({ taskRow, batch }, own.value, 'adopt', services);
  }
  const found = await lookUpTask(taskRow, services);
  if (found.kind === 'refused') {
    const mayBeThere = mayExist(taskRow) || taskRow.outcome === 'unknown';
    if (!mayBeThere && isRefusedTooLong(turn, services))
      return endTask(taskRow, refused(found.problem), services);
    const next =
      (mayBeThere ? undefined : await returnToQueue(turn, found.seconds, services)) ??
      (await retryLater(turn, { operation, ...found }, services));
    return { ...next, isRefused: true };
  }
  await endDelay(turn, turn.delayedSinceMs, services);
  if (found.kind === 'absent') return { kind: 'ready', beforeId: null };
  const { value: task } = found;
  // The orchestration that created the task was terminated before it could record it.
  if (
    (mayExist(taskRow) || taskRow.outcome === 'unknown') &&
    (!isFinalSharePointStatus(task.status) || endedSince(task, taskRow.updatedAt))
  )
    return adoptTask({ taskRow, batch }, task, 'create', services);
  if (!isFinalSharePointStatus(task.status))
    return adoptTask({ taskRow, batch }, task, 'adopt', services);
  if (task.status === 'completed')
    return (
      (await movedBefore(taskRow, task, batch.run, services)) ?? {
        kind: 'ready',
        beforeId: task.id,
      }
    );
  return { kind: 'ready', beforeId: task.id };
}

function endedSince(
  { finishedDateTime, lastUpdatedDateTime }: SharePointTask,
  at: string,
): boolean {
  const endedMs = lenientInstantMs(finishedDateTime) ?? lenientInstantMs(lastUpdatedDateTime);
  return endedMs !== undefined && endedMs >= Date.parse(at);
}

/**
 * Ends a task whose source Graph has already moved to the same target. Returns undefined if it is
 * to be moved again.
 */
async function movedBefore(
  taskRow: SharePointTaskRow,
  task: SharePointTask,
  run: number,
  services: ActivityServices,
): Promise<{ readonly kind: 'ended' } | undefined> {
  const { stores } = services;
  if (firstDifference(await parametersToSend(taskRow, services), task.parameters, 'task') !== null)
    return undefined;
  const { acceptedAt } = await storedMigration(stores, taskRow.migrationId);
  const request = await stores.requests.load(taskRow.migrationId);
  if (request.kind === 'sharePoint' && request.moveAgain && !endedSince(task, acceptedAt))
    return undefined;
  // The previous run may have ended before it saw the result of its task.
  if (run > 1) return succeeded(taskRow, task, services);
  const message = `task ${task.id ?? ''} has already moved this source to the same target; to move it again, send a request with moveAgain`;
  return endTask(
    { ...taskRow, outcome: null, jobId: null },
    { outcome: 'invalid', status: 'invalid', message, errors: [{ code: movedAlready, message }] },
    services,
  );
}

function succeeded(
  taskRow: SharePointTaskRow,
  { id, status }: SharePointTask,
  services: ActivityServices,
): Promise<{ readonly kind: 'ended' }> {
  return endTask(
    { ...taskRow, outcome: null, jobId: id },
    { outcome: 'succeeded', status, message: '', errors: [] },
    services,
  );
}
