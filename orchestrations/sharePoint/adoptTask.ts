import type { z } from 'zod';
import type { createSharePointTaskResultSchema } from '../../shared/contracts/internal/sharePoint.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { CreationNote } from '../../shared/contracts/task.ts';
import { outOfSightSince } from '../../shared/domain/polling.ts';
import { firstDifference } from '../../shared/domain/sharePoint.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import type { SharePointTask } from '../../shared/graph/sharePointTasks.ts';
import { type ActivityServices, audited, movedAlready } from '../activityServices.ts';
import { hasNoLookUp, parametersToSend } from './lookUpTask.ts';
import {
  endTask,
  failed,
  leaveQueue,
  saveTaskRow,
  sharePointService,
  type SharePointTaskRow,
} from './taskRow.ts';
import { showInSight } from './taskTurn.ts';
import { correctUnknown, saveUnknown } from './unseenTask.ts';

interface Rows {
  readonly taskRow: SharePointTaskRow;
  readonly batch: Batch;
}

/**
 * Notes in a task's row that its create is under way. Throws a StaleRowError if the row has changed
 * since it was read. Returns the note.
 */
export async function noteCreate(
  taskRow: SharePointTaskRow,
  previousTaskId: string | null,
  services: ActivityServices,
): Promise<CreationNote> {
  const { creation } = taskRow;
  // Where Graph offers no look-up, the first create that may have taken effect counts.
  const sentAt =
    creation?.state === 'sent' && hasNoLookUp(taskRow)
      ? creation.sentAt
      : new Date(services.nowMs()).toISOString();
  const note = { state: 'sent' as const, sentAt, previousTaskId };
  // The task of an earlier run is not the one that is created now.
  const row = { ...taskRow, outcomeBefore: null, jobId: null };
  await saveNote({ ...row, services: [creatingService('creating')] }, note, taskRow, services);
  if (outOfSightSince(taskRow) !== undefined) await showInSight(taskRow, services);
  return note;
}

/**
 * Withdraws the note of a create that Graph has said had no effect. With `isFirst`, Graph has
 * created nothing at all; otherwise the note of the create before it is restored.
 */
export async function withdrawNote(
  before: SharePointTaskRow,
  stored: SharePointTaskRow,
  isFirst: boolean,
  services: ActivityServices,
): Promise<void> {
  const { outcomeBefore, jobId, creation } = before;
  const isShownAsCreating = creation?.state === 'sent' || outOfSightSince(before) !== undefined;
  const row = { ...stored, outcomeBefore, jobId };
  if (!isFirst && creation !== null) await saveNote(row, creation, stored, services);
  else
    await saveNote(
      { ...row, services: isShownAsCreating ? [] : before.services },
      {
        sentAt: new Date(services.nowMs()).toISOString(),
        previousTaskId: null,
        ...stored.creation,
        state: 'cleared',
      },
      stored,
      services,
    );
  if (outOfSightSince(stored) !== undefined) await showInSight(stored, services);
}

/** Notes that Graph has refused a create because the source has a task. Returns the row. */
export function noteReported(
  noted: SharePointTaskRow,
  note: CreationNote,
  services: ActivityServices,
): Promise<SharePointTaskRow> {
  const row = { ...noted, services: [creatingService('existing')] };
  return saveNote(row, { ...note, state: 'reported' }, noted, services);
}

/** Writes a note to a task's row, unless the row has changed since it was read as `stored`. */
async function saveNote(
  taskRow: SharePointTaskRow,
  creation: CreationNote,
  stored: SharePointTaskRow,
  { stores, nowMs }: ActivityServices,
): Promise<SharePointTaskRow> {
  const noted = { ...taskRow, creation, updatedAt: new Date(nowMs()).toISOString() };
  await stores.tasks.save([noted], [stored]);
  return noted;
}

/** The services of a task that is being created. The status is the app's own word. */
function creatingService(status: 'creating' | 'existing') {
  return sharePointService({ status, message: '', errors: [] });
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
  { taskRow: before, batch }: Rows,
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
      creation: null,
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

/**
 * Ends a task that may have been created and that Graph offers no look-up for. Its outcome is
 * `unknown` and cannot be corrected later.
 */
export async function recordUnclear(
  rows: Rows,
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

/** Ends a task whose source Graph has already moved to the same target. */
export async function endMoved(
  { taskRow, batch }: Rows,
  task: SharePointTask,
  services: ActivityServices,
): Promise<{ readonly kind: 'ended' }> {
  // The previous run may have ended before it saw the result of its task.
  if (batch.run > 1) return endSucceeded(taskRow, task, services);
  const message = `task ${task.id ?? ''} has already moved this source to the same target; to move it again, send a request with moveAgain`;
  return endTask(
    { ...taskRow, outcome: null, jobId: null },
    { outcome: 'invalid', status: 'invalid', message, errors: [{ code: movedAlready, message }] },
    services,
  );
}

/** Ends a task that Graph has completed. */
export function endSucceeded(
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
