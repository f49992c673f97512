import type { Sight } from '../../shared/contracts/internal/batch.ts';
import type { TaskTurn } from '../../shared/contracts/internal/sharePoint.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { openCommands } from '../../shared/domain/commands.ts';
import {
  outcomeCorrected,
  outcomeUnknown,
  personNeeded,
} from '../../shared/domain/outcomeEvent.ts';
import {
  hasFinalOutcome,
  notSeen,
  outOfSightAfterMs,
  outOfSightMessage,
  outOfSightSince,
  plannedStartMs,
} from '../../shared/domain/sight.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import { type ActivityServices, storedBatch, storedMigration } from '../activityServices.ts';
import { responseText, countAgain, saveCounts, sumsOf } from '../batchStatus.ts';
import { reasonOfRefusal } from '../refusals.ts';
import {
  errorOf,
  leaveQueue,
  type SharePointTaskRow,
  saveTaskRow,
  sharePointService,
} from './endTask.ts';
import { becomeWaiter, showDelay, stopWaiting } from './taskTurn.ts';

/** A read that did not show a task. */
export interface Missed {
  readonly operation: string;
  readonly problem: GraphProblem;
  /** How long Graph asks to wait; 0 where it says nothing. */
  readonly seconds: number;
  /** Graph answers "not found" to every look-up there is. */
  readonly isAbsent: boolean;
  /** What else was found out, for people. */
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
 * Records that Graph does not show a task that it has, or may have. From half an hour on the rows of the task and of its batch say so; after
 * seven days, or a day of nothing but "not found", its outcome is `unknown`. It keeps its place in the queue until nobody looks for it any more.
 */
export async function saveUnseen(
  { taskRow, batch }: { readonly taskRow: SharePointTaskRow; readonly batch: Batch },
  turn: TaskTurn,
  before: Sight,
  missed: Missed,
  services: ActivityServices,
): Promise<Unseen> {
  const { stores } = services;
  const nowMs = services.nowMs();
  const { problem, isAbsent, seconds: askedSeconds } = missed;
  const sinceMs = before.unseenSinceMs ?? nowMs;
  const startMs = plannedStartMs(taskRow.parameters);
  // A task that has started late may go on for long after its planned start.
  const judged = notSeen(before, {
    nowMs,
    askedSeconds,
    isAbsent,
    completeAfterMs: startMs === null ? null : Math.max(startMs, sinceMs),
  });
  const sinceAt = new Date(sinceMs).toISOString();
  // An earlier orchestration of the task may have reported it.
  if (judged.isToReport && taskRow.outcome === null)
    await saveUnknown(
      { taskRow, batch },
      sinceAt,
      judged.isGone ? 'JobGone' : 'OutOfSight',
      missed,
      services,
    );
  else if (nowMs - sinceMs >= outOfSightAfterMs && outOfSightSince(taskRow) === undefined)
    await saveTaskRow(withMessage(taskRow, sinceAt, missed, services), services);
  if (judged.isOver) {
    if (turn.waiterId !== null) await stopWaiting(turn, turn.waiterId, services);
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
  if (nowMs - sinceMs >= outOfSightAfterMs) await showSight(taskRow, sinceAt, services);
  if (turn.waiterId !== null)
    await becomeWaiter(
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

/** Gives a task the outcome `unknown`, with Graph's reason, and tells it. */
export async function saveUnknown(
  { taskRow, batch }: { readonly taskRow: SharePointTaskRow; readonly batch: Batch },
  sinceAt: string,
  code: 'OutOfSight' | 'JobGone',
  missed: Pick<Missed, 'problem' | 'remark'>,
  services: ActivityServices,
): Promise<void> {
  const { stores } = services;
  const time = new Date(services.nowMs()).toISOString();
  const unknown = withMessage(taskRow, sinceAt, missed, services);
  const services_ = unknown.services.map((service) => ({
    ...service,
    errors: [{ code, message: service.message }, errorOf(missed.problem)],
  }));
  await saveTaskRow(
    { ...unknown, outcome: 'unknown', outcomeBefore: null, services: services_ },
    services,
  );
  await countAgain(taskRow, services);
  const reason = reasonOfRefusal(missed.problem);
  services.warn(
    `the outcome of SharePoint task ${taskRow.migrationId} ${taskRow.batchId} ${taskRow.taskId} is not known, it was seen last before ${sinceAt}: ${reason}`,
  );
  await stores.outcomes.send(
    outcomeUnknown(
      await storedMigration(stores, taskRow.migrationId),
      await recorded(taskRow, batch, services),
      sinceAt,
      `${code}: ${reason}`,
      time,
    ),
  );
}

function withMessage(
  taskRow: SharePointTaskRow,
  sinceAt: string,
  { problem, remark }: Pick<Missed, 'problem' | 'remark'>,
  { nowMs }: ActivityServices,
): SharePointTaskRow {
  const status = taskRow.services[0]?.status ?? 'unknown';
  const { code, message } = errorOf(problem);
  const answer = `${code}, ${message} (${reasonOfRefusal(problem)})${remark === undefined ? '' : `; ${remark}`}`;
  return {
    ...taskRow,
    services: [
      sharePointService({
        status,
        message: outOfSightMessage(outOfSightSince(taskRow) ?? sinceAt, answer),
        errors: [],
      }),
    ],
    updatedAt: new Date(nowMs()).toISOString(),
  };
}

/**
 * Tells that a task with the outcome `unknown` is in sight again. Comes before the row is written: a crash between the two tells it again,
 * under the same id. Returns the task as it was before.
 */
export async function takeBackUnknown(
  { taskRow, batch }: { readonly taskRow: SharePointTaskRow; readonly batch: Batch },
  jobStatus: string,
  services: ActivityServices,
): Promise<SharePointTaskRow> {
  if (taskRow.outcome !== 'unknown') return taskRow;
  const { stores } = services;
  const corrected: SharePointTaskRow = { ...taskRow, outcome: null };
  const event = outcomeCorrected(
    await storedMigration(stores, taskRow.migrationId),
    await recorded(corrected, batch, services),
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

/** Brings the batch's row up to date after a task that was out of sight has been seen and its row says so. */
export async function saveSeen(
  before: SharePointTaskRow,
  services: ActivityServices,
): Promise<void> {
  if (before.outcome === 'unknown')
    await saveCounts(
      before,
      await services.stores.tasks.listBatch(before.migrationId, before.batchId),
      services,
    );
  if (outOfSightSince(before) !== undefined) await showSight(before, null, services);
}

/** The batch as the event shows it, with the counts that hold once the task's row is written. */
async function recorded(
  taskRow: SharePointTaskRow,
  batch: Batch,
  { stores }: ActivityServices,
): Promise<Batch> {
  const tasks = (await stores.tasks.listBatch(taskRow.migrationId, taskRow.batchId)).map(
    (task): Task => (task.taskId === taskRow.taskId ? taskRow : task),
  );
  return { ...batch, jobId: taskRow.jobId, counts: sumsOf(tasks).counts };
}

/** Shows in a batch's row whether any of its tasks is out of sight, as the rows of the tasks say. `sinceAt`: since when the one that has just been looked for is. */
async function showSight(
  { migrationId, batchId, jobId }: Pick<SharePointTaskRow, 'migrationId' | 'batchId' | 'jobId'>,
  sinceAt: string | null,
  services: ActivityServices,
): Promise<void> {
  const { stores, nowMs } = services;
  const open = (await stores.tasks.listBatch(migrationId, batchId)).filter(
    (task) => !hasFinalOutcome(task),
  );
  const since = open.flatMap((task) => outOfSightSince(task) ?? []).sort();
  const updatedAt = new Date(nowMs()).toISOString();
  const [first] = since;
  if (first === undefined) {
    await stores.batches.updateWhen(
      migrationId,
      batchId,
      ({ finishedAt, outOfSightAt }) => finishedAt === null && outOfSightAt !== null,
      { phase: 'moving', needsPerson: null, outOfSightAt: null, message: null, updatedAt },
    );
    return;
  }
  const batch = await storedBatch(stores, migrationId, batchId);
  if (batch.outOfSightAt === null && sinceAt !== null)
    await reportOutOfSight(
      await storedMigration(stores, migrationId),
      batchId,
      jobId,
      sinceAt,
      services,
    );
  const phase = since.length === open.length ? ('outOfSight' as const) : ('moving' as const);
  const message = `Graph does not show ${String(since.length)} of the tasks that are under way: their messages say what it answers; they are looked for until 30 days after their start, and commands are tried meanwhile`;
  await stores.batches.change(migrationId, batchId, (row) => {
    if (
      row.finishedAt !== null ||
      (row.phase === phase &&
        row.message === message &&
        row.needsPerson === 'outOfSight' &&
        row.outOfSightAt !== null)
    )
      return undefined;
    return {
      phase,
      message,
      needsPerson: 'outOfSight',
      outOfSightAt: row.outOfSightAt ?? first,
      updatedAt,
    };
  });
}

async function reportOutOfSight(
  migration: Migration,
  batchId: string,
  jobId: string | null,
  sinceAt: string,
  { stores, nowMs, warn }: ActivityServices,
): Promise<void> {
  warn(`Graph has not shown a SharePoint task of ${migration.id} ${batchId} since ${sinceAt}`);
  await stores.outcomes.send(
    personNeeded(migration, batchId, jobId, 'outOfSight', sinceAt, new Date(nowMs()).toISOString()),
  );
}
