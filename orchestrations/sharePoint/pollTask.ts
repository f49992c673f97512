import type { z } from 'zod';
import {
  pollSharePointTaskInputSchema,
  type pollSharePointTaskResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import { lenientInstantMs } from '../../shared/contracts/text.ts';
import { openCommands } from '../../shared/domain/commands.ts';
import { pollingPolicy } from '../../shared/domain/policies.ts';
import { hasFinalOutcome, outOfSightSince } from '../../shared/domain/polling.ts';
import { isFinalSharePointStatus, isSharePointStatus } from '../../shared/domain/sharePoint.ts';
import type { SharePointTask } from '../../shared/graph/sharePointTasks.ts';
import { type ActivityServices, storedBatch } from '../activityServices.ts';
import { hasNoLookUp, lookUpTask, readTask } from './lookUpTask.ts';
import {
  endTask,
  errorsOf,
  leaveQueue,
  saveTaskRow,
  sharePointService,
  type SharePointTaskRow,
  type TaskEnd,
} from './taskRow.ts';
import { beginTurn, endDelay, registerWaiter, showInSight, unregisterWaiter } from './taskTurn.ts';
import { correctUnknown, type MissedRead, saveUnseen } from './unseenTask.ts';

type Result = z.infer<typeof pollSharePointTaskResultSchema>;
type Turn = z.infer<typeof pollSharePointTaskInputSchema>;
interface Rows {
  readonly taskRow: SharePointTaskRow;
  readonly batch: Batch;
}

/**
 * Polls a SharePoint task (Graph: get). Writes its row if something changed, and its outcome at the
 * end. A refusal never ends the task.
 */
export async function pollSharePointTask(
  input: unknown,
  services: ActivityServices,
): Promise<Result> {
  const turn = pollSharePointTaskInputSchema.parse(input);
  const rows = await beginTurn(turn, services);
  if (rows === undefined) return { kind: 'ended' };
  const { taskRow } = rows;
  if (hasFinalOutcome(taskRow)) {
    if (turn.waiterId !== null) await unregisterWaiter(turn, turn.waiterId, services);
    return leaveQueue(taskRow, services);
  }
  const read = await readTaskOrSource(taskRow, turn.graphTaskId, services);
  return 'value' in read
    ? recordSeen(rows, turn, read.value, services)
    : recordUnseen(rows, turn, read, services);
}

/** Reads a task. A 404 for the id is confirmed by a look-up of the source, if Graph offers one. */
async function readTaskOrSource(
  taskRow: SharePointTaskRow,
  graphTaskId: string,
  services: ActivityServices,
): Promise<{ readonly value: SharePointTask } | MissedRead> {
  const operation = 'get SharePoint task';
  const read = await readTask(graphTaskId, services);
  if (read.kind === 'seen') return read;
  if (read.kind === 'refused' && read.problem.httpStatus !== 410)
    return { operation, isAbsent: false, ...read };
  const missed = { operation, problem: read.problem, seconds: 0 };
  if (hasNoLookUp(taskRow)) return { ...missed, isAbsent: read.kind === 'absent' };
  const last = await lookUpTask(taskRow, services);
  switch (last.kind) {
    case 'seen':
      if (last.value.id === graphTaskId) return last;
      return {
        ...missed,
        isAbsent: false,
        remark: `the last task of the source is ${last.value.id ?? 'one without an id'}, which is not ours`,
      };
    case 'absent':
      return { ...missed, isAbsent: read.kind === 'absent' };
    case 'refused':
      return {
        ...missed,
        seconds: last.seconds,
        isAbsent: false,
        remark: 'Graph refuses to look up the source as well',
      };
  }
}

async function recordUnseen(
  { taskRow, batch }: Rows,
  turn: Turn,
  missed: MissedRead,
  services: ActivityServices,
): Promise<Result> {
  const unseen = await saveUnseen(
    { taskRow: { ...taskRow, jobId: turn.graphTaskId }, batch },
    turn,
    turn.sight,
    missed,
    services,
  );
  if (unseen.kind === 'ended') return unseen;
  const { retryCommandId } = batch;
  if (unseen.isGone && retryCommandId !== null && retryCommandId !== turn.retriedBy) {
    // The source is looked up once more before a new task is created.
    const again: SharePointTaskRow = {
      ...taskRow,
      outcome: null,
      outcomeBefore: null,
      jobId: null,
      creation: null,
      services: [],
      updatedAt: new Date(services.nowMs()).toISOString(),
    };
    await saveTaskRow(again, services);
    await showInSight({ ...taskRow, outcome: 'unknown' }, services);
    return { kind: 'again', retriedBy: retryCommandId };
  }
  return {
    kind: 'notSeen',
    sight: unseen.sight,
    seconds: unseen.seconds,
    throttled: unseen.throttled,
    commands: unseen.commands,
  };
}

async function recordSeen(
  { taskRow: before, batch }: Rows,
  turn: Turn,
  task: SharePointTask,
  services: ActivityServices,
): Promise<Result> {
  const { stores, nowMs } = services;
  const { graphTaskId, waiterId, migrationId, batchId } = turn;
  const { status } = task;
  const taskRow = {
    ...(await correctUnknown({ taskRow: before, batch }, status, services)),
    jobId: graphTaskId,
  };
  if (isFinalSharePointStatus(status)) {
    if (waiterId !== null) await unregisterWaiter(turn, waiterId, services);
    const ended = await endTask(taskRow, endOf(task, taskRow, nowMs()), services);
    await showInSight(before, services);
    await endDelay(turn, turn.sight.unseenSinceMs, services);
    return ended;
  }
  if (waiterId !== null)
    await registerWaiter(await storedBatch(stores, migrationId, batchId), waiterId, services);

  const message = remark(task, nowMs());
  const seen = `${status}${message === '' ? '' : ' remarkable'}`;
  if (
    seen !== turn.seen ||
    before.jobId !== graphTaskId ||
    before.outcome !== null ||
    outOfSightSince(before) !== undefined
  ) {
    await saveTaskRow(
      {
        ...taskRow,
        services: [sharePointService({ status, message, errors: [] })],
        updatedAt: new Date(nowMs()).toISOString(),
      },
      services,
    );
  }
  await showInSight(before, services);
  await endDelay(turn, turn.sight.unseenSinceMs, services);
  const shownStart = task.parameters['preferredStartDateTime'];
  const startMs = lenientInstantMs(typeof shownStart === 'string' ? shownStart : null) ?? null;
  const { pending, unconfirmed } = openCommands(
    batchId,
    await stores.commands.readBatchLog(migrationId, batchId),
  );
  return {
    kind: 'on',
    status,
    seen,
    startMs,
    commands: pending.length + unconfirmed.length > 0,
  };
}

function endOf(task: SharePointTask, { parameters }: SharePointTaskRow, nowMs: number): TaskEnd {
  const { status } = task;
  if (status === 'completed') return { outcome: 'succeeded', status, message: '', errors: [] };
  if (status === 'cancelled') {
    const { preferredLatestStartDateTime: latest } = parameters;
    const isLate = latest !== undefined && Date.parse(latest) <= nowMs;
    return {
      outcome: 'cancelled',
      status,
      message: isLate ? 'not started by preferredLatestStartDateTime' : '',
      errors: [],
    };
  }
  const errors = errorsOf(task, 'the task failed without a reason');
  return { outcome: 'failed', status, message: errors[0].message, errors };
}

/**
 * Returns a remark if a person may have to check the task. A running task without updates may only
 * have been rescheduled, which Graph does not show.
 */
function remark({ status, lastUpdatedDateTime }: SharePointTask, nowMs: number): string {
  if (!isSharePointStatus(status))
    return 'the task has an undocumented status: check it in the source tenant; it is watched until it ends';
  const lastMs = lenientInstantMs(lastUpdatedDateTime);
  if (
    status !== 'inProgress' ||
    lastMs === undefined ||
    nowMs - lastMs < pollingPolicy.silentTaskMs
  )
    return '';
  return 'no update for more than a day: check it in the source tenant (Get-SPOCrossTenantUserContentMoveState or Get-SPOCrossTenantSiteContentMoveState); it is watched until it ends';
}
