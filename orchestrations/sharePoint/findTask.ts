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
import { mayExist } from './createTask.ts';
import { endTask, leaveQueue, type SharePointTaskRow, refused } from './endTask.ts';
import { lookUpTask, parametersToSend, readTask, adoptTask } from './lookUpTask.ts';
import { backToQueue } from './quota.ts';
import { beginTurn, endDelay, isHopeless, triedAgain } from './taskTurn.ts';

type Result = z.infer<typeof findSharePointTaskResultSchema>;
const operation = 'look up SharePoint task';

/**
 * Looks whether the source has a task before one is created. One that is under way is taken over when it moves the same thing
 * to the same place at the same time; of one that has ended the id is remembered, so that a later look can tell it from ours. A source that
 * Graph has moved to the same place is not moved again.
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

  // What became of the task of the run before was not known: that very task comes first.
  if (taskRow.outcomeBefore === 'unknown' && taskRow.jobId !== null) {
    const own = await readTask(taskRow.jobId, services);
    if (own.kind === 'refused')
      return (
        (await backToQueue(turn, own.seconds, services)) ??
        triedAgain(turn, { operation: 'get SharePoint task', ...own }, services)
      );
    if (own.kind === 'seen' && own.value.status === 'completed')
      return succeeded(taskRow, own.value, services);
    if (own.kind === 'seen' && !isFinalSharePointStatus(own.value.status))
      return adoptTask({ taskRow, batch }, own.value, 'adopt', services);
  }
  const look = await lookUpTask(taskRow, services);
  if (look.kind === 'refused') {
    const mayBeThere = mayExist(taskRow) || taskRow.outcome === 'unknown';
    if (!mayBeThere && isHopeless(turn, services))
      return endTask(taskRow, refused(look.problem), services);
    return (
      (mayBeThere ? undefined : await backToQueue(turn, look.seconds, services)) ??
      triedAgain(turn, { operation, ...look }, services)
    );
  }
  await endDelay(turn, turn.delayedSinceMs, services);
  if (look.kind === 'absent') return { kind: 'ready', beforeId: null };
  const { value: task } = look;
  // The orchestration that has created it was ended, or had no time to say so.
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

/** Ends a task whose source Graph has moved to the same place already; undefined where it is to be moved again. */
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
  // The run before may have ended without having seen what became of its task.
  if (run > 1) return succeeded(taskRow, task, services);
  const message = `the task ${task.id ?? ''} has moved this source to the same place: to move it again, send a request with moveAgain`;
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
