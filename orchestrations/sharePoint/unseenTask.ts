import type { Sight } from '../../shared/contracts/internal/batch.ts';
import type { TaskTurn } from '../../shared/contracts/internal/sharePoint.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { openCommands } from '../../shared/domain/commands.ts';
import { outcomeCorrected, outcomeUnknown } from '../../shared/domain/outcomeEvent.ts';
import { pollingPolicy } from '../../shared/domain/policies.ts';
import {
  notSeen,
  outOfSightMessage,
  outOfSightSince,
  plannedStartMs,
} from '../../shared/domain/polling.ts';
import { describeProblem } from '../../shared/graph/problems.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import { type ActivityServices, storedBatch, storedMigration } from '../activityServices.ts';
import { recountTasks, responseText, taskTotals } from '../batchStatus.ts';
import {
  errorOf,
  leaveQueue,
  saveTaskRow,
  sharePointService,
  type SharePointTaskRow,
} from './taskRow.ts';
import { registerWaiter, showDelay, showOutOfSight, unregisterWaiter } from './taskTurn.ts';

/** A read that did not show a task. */
export interface MissedRead {
  readonly operation: string;
  readonly problem: GraphProblem;
  /** The wait that Graph asks for, or 0. */
  readonly seconds: number;
  /** Graph responds with 404 to every look-up that it offers. */
  readonly isAbsent: boolean;
  /** Further findings, for people. */
  readonly remark?: string;
}

type Unseen =
  | {
      readonly kind: 'notSeen';
      readonly sight: Sight;
      readonly seconds: number;
      readonly throttled: boolean;
      readonly commands: boolean;
      readonly isGone: boolean;
    }
  | { readonly kind: 'ended' };

/**
 * Records that Graph does not show a task that it has or may have. After half an hour, the rows of
 * the task and of its batch show it. After seven days, or after a day of nothing but 404 responses,
 * its outcome is `unknown`. The task holds its quota until it is no longer watched.
 */
export async function saveUnseen(
  { taskRow, batch }: { readonly taskRow: SharePointTaskRow; readonly batch: Batch },
  turn: TaskTurn,
  before: Sight,
  missed: MissedRead,
  services: ActivityServices,
): Promise<Unseen> {
  const { stores } = services;
  const nowMs = services.nowMs();
  const { problem, isAbsent, seconds: askedSeconds } = missed;
  const sinceMs = before.unseenSinceMs ?? nowMs;
  const startMs = plannedStartMs(taskRow.parameters);
  // A task that started late may run long after its planned start.
  const judged = notSeen(before, {
    nowMs,
    askedSeconds,
    isAbsent,
    completeAfterMs: startMs === null ? null : Math.max(startMs, sinceMs),
  });
  const sinceAt = new Date(sinceMs).toISOString();
  // An earlier orchestration of the task may have reported it already.
  if (judged.isToReport && taskRow.outcome === null)
    await saveUnknown(
      { taskRow, batch },
      sinceAt,
      judged.isGone ? 'JobGone' : 'OutOfSight',
      missed,
      services,
    );
  else if (
    nowMs - sinceMs >= pollingPolicy.outOfSightAfterMs &&
    outOfSightSince(taskRow) === undefined
  )
    await saveTaskRow(withMessage(taskRow, sinceAt, missed, services), services);
  if (judged.isOver) {
    if (turn.waiterId !== null) await unregisterWaiter(turn, turn.waiterId, services);
    return leaveQueue({ ...taskRow, outcome: 'unknown' }, services);
  }
  if (before.unseenSinceMs !== null)
    await showDelay(
      turn,
      {
        operation: missed.operation,
        sinceMs,
        lastResponse: responseText(
          problem,
          `${turn.migrationId} ${turn.taskId}: ${missed.operation}`,
          services.warn,
        ),
      },
      services,
    );
  if (nowMs - sinceMs >= pollingPolicy.outOfSightAfterMs)
    await showOutOfSight(taskRow, sinceAt, services);
  if (turn.waiterId !== null)
    await registerWaiter(
      await storedBatch(stores, turn.migrationId, turn.batchId),
      turn.waiterId,
      services,
    );
  const { pending, unconfirmed } = openCommands(
    turn.batchId,
    await stores.commands.readBatchLog(turn.migrationId, turn.batchId),
  );
  return {
    kind: 'notSeen',
    sight: judged.sight,
    seconds: judged.seconds,
    throttled: askedSeconds > 0,
    commands: pending.length + unconfirmed.length > 0,
    isGone: judged.isGone && judged.sight.isReported,
  };
}

/** Sets the outcome of a task to `unknown` with Graph's reason, and sends the event. */
export async function saveUnknown(
  { taskRow, batch }: { readonly taskRow: SharePointTaskRow; readonly batch: Batch },
  sinceAt: string,
  code: 'OutOfSight' | 'JobGone',
  missed: Pick<MissedRead, 'problem' | 'remark'>,
  services: ActivityServices,
): Promise<void> {
  const { stores } = services;
  const time = new Date(services.nowMs()).toISOString();
  const unknown = withMessage(taskRow, sinceAt, missed, services);
  const entries = unknown.services.map((service) => ({
    ...service,
    errors: [{ code, message: service.message }, errorOf(missed.problem)],
  }));
  await saveTaskRow(
    { ...unknown, outcome: 'unknown', outcomeBefore: null, services: entries },
    services,
  );
  await recountTasks(taskRow, services);
  const reason = describeProblem(missed.problem);
  services.warn(
    `the outcome of SharePoint task ${taskRow.migrationId} ${taskRow.batchId} ${taskRow.taskId} is unknown; it was last seen before ${sinceAt}: ${reason}`,
  );
  await stores.outcomes.send(
    outcomeUnknown(
      await storedMigration(stores, taskRow.migrationId),
      await withCounts(taskRow, batch, services),
      sinceAt,
      `${code}: ${reason}`,
      time,
    ),
  );
}

function withMessage(
  taskRow: SharePointTaskRow,
  sinceAt: string,
  { problem, remark }: Pick<MissedRead, 'problem' | 'remark'>,
  { nowMs }: ActivityServices,
): SharePointTaskRow {
  const status = taskRow.services[0]?.status ?? 'unknown';
  const { code, message } = errorOf(problem);
  const response = `${code}, ${message} (${describeProblem(problem)})${remark === undefined ? '' : `; ${remark}`}`;
  return {
    ...taskRow,
    services: [
      sharePointService({
        status,
        message: outOfSightMessage(outOfSightSince(taskRow) ?? sinceAt, response),
        errors: [],
      }),
    ],
    updatedAt: new Date(nowMs()).toISOString(),
  };
}

/**
 * Corrects the outcome `unknown` of a task that is in sight again, and sends the event before the
 * row is written. After a crash between the two, the event is sent again under the same id. Returns
 * the task without the outcome.
 */
export async function correctUnknown(
  { taskRow, batch }: { readonly taskRow: SharePointTaskRow; readonly batch: Batch },
  jobStatus: string,
  services: ActivityServices,
): Promise<SharePointTaskRow> {
  if (taskRow.outcome !== 'unknown') return taskRow;
  const { stores } = services;
  const corrected: SharePointTaskRow = { ...taskRow, outcome: null };
  const event = outcomeCorrected(
    await storedMigration(stores, taskRow.migrationId),
    await withCounts(corrected, batch, services),
    outOfSightSince(taskRow) ?? taskRow.updatedAt,
    jobStatus,
    new Date(services.nowMs()).toISOString(),
  );
  await stores.outcomes.send(event);
  services.warn(
    `SharePoint task ${taskRow.migrationId} ${taskRow.batchId} ${taskRow.taskId} is in sight again: ${jobStatus}`,
  );
  return corrected;
}

/** Returns the batch for the event, with the counts that apply once the task's row is written. */
async function withCounts(
  taskRow: SharePointTaskRow,
  batch: Batch,
  { stores }: ActivityServices,
): Promise<Batch> {
  const tasks = (await stores.tasks.listBatch(taskRow.migrationId, taskRow.batchId)).map(
    (task): Task => (task.taskId === taskRow.taskId ? taskRow : task),
  );
  return { ...batch, jobId: taskRow.jobId, counts: taskTotals(tasks).counts };
}
