import type { z } from 'zod';
import type { Command, CommandResult } from '../../shared/contracts/command.ts';
import { type BatchRef, batchRefSchema } from '../../shared/contracts/internal/batch.ts';
import type { handleSharePointCommandsResultSchema } from '../../shared/contracts/internal/sharePoint.ts';
import { openCommands } from '../../shared/domain/commands.ts';
import { canStartAt } from '../../shared/domain/sharePoint.ts';
import { hasFinalOutcome, longestCheckSeconds } from '../../shared/domain/sight.ts';
import type { ActivityServices } from '../activityServices.ts';
import { stopTask, type Stopped } from './cancelTask.ts';
import { isSharePointTask, type SharePointTaskRow } from './endTask.ts';

/** What became of a command, and how long Graph has asked to wait before it is tried again; 0 where it has not. */
interface Tried extends Pick<CommandResult, 'verdict' | 'detail'> {
  readonly askedSeconds?: number;
}
/** Nothing can be said yet. */
interface PutOff {
  readonly verdict: 'putOff';
  readonly askedSeconds: number;
}

/**
 * Carries out what was asked of a SharePoint batch whose tasks are under way, oldest first, for all of its tasks, and records
 * truthfully what became of it. Any of the tasks may call it, also several at once: each step is safe to repeat, and the
 * first answer stays, except `unconfirmed`: such a command is tried again at every call. `retryAfter` when something cannot be said yet: the
 * task that has tried waits so long then, and no other one of the batch tries meanwhile, unless a command arrives.
 */
export async function handleSharePointCommands(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof handleSharePointCommandsResultSchema>> {
  const ref = batchRefSchema.parse(input);
  const { migrationId, batchId } = ref;
  const { stores, nowMs } = services;
  const { unconfirmed, pending } = openCommands(
    batchId,
    await stores.commands.readBatchLog(migrationId, batchId),
  );
  const open = [...unconfirmed, ...pending];
  if (open.length === 0) return { kind: 'done', unconfirmed: false, askedSeconds: 0 };
  // Of many tasks one tries; the others keep their own pace.
  if (!(await begins(open, ref, services)))
    return { kind: 'done', unconfirmed: true, askedSeconds: 0 };
  let isUnconfirmed = false;
  let askedSeconds = 0;
  for (const command of open) {
    const taskRows = (await stores.tasks.listBatch(migrationId, batchId)).filter(isSharePointTask);
    const tried = await execute(command, taskRows, services);
    askedSeconds = Math.max(askedSeconds, tried.askedSeconds ?? 0);
    if (tried.verdict === 'putOff') {
      // What was tried before stays unconfirmed, and holds up nothing that was asked since.
      if (unconfirmed.includes(command)) isUnconfirmed = true;
      else {
        await askedToWait(askedSeconds, ref, services);
        return {
          kind: 'retryAfter',
          seconds: secondsUntilNextTry(
            open,
            taskRows.filter((taskRow) => !hasFinalOutcome(taskRow)).length,
            nowMs(),
          ),
          askedSeconds,
        };
      }
      continue;
    }
    isUnconfirmed ||= tried.verdict === 'unconfirmed';
    if (tried.verdict === 'unconfirmed' && unconfirmed.includes(command)) continue;
    const { verdict, detail } = tried;
    await stores.commands.recordResult({
      migrationId,
      batchId,
      commandId: command.commandId,
      verdict,
      detail,
      decidedAt: new Date(nowMs()).toISOString(),
    });
  }
  await askedToWait(askedSeconds, ref, services);
  return { kind: 'done', unconfirmed: isUnconfirmed, askedSeconds };
}

/** Notes on the batch's row that its open commands are tried now; false while that is not due, unless a command has arrived since. */
async function begins(
  open: readonly Command[],
  { migrationId, batchId }: BatchRef,
  { stores, nowMs }: ActivityServices,
): Promise<boolean> {
  const atMs = nowMs();
  const at = new Date(atMs).toISOString();
  return stores.batches.change(migrationId, batchId, ({ commandTry: last, counts }) => {
    const isDue =
      last === null ||
      at >= last.untilAt ||
      (!last.isAsked && open.some(({ acceptedAt }) => acceptedAt >= last.at));
    if (!isDue) return undefined;
    const untilAt = new Date(
      atMs + secondsUntilNextTry(open, counts.pending + counts.unknown, atMs) * 1_000,
    ).toISOString();
    return { commandTry: { at, untilAt, isAsked: false } };
  });
}

/** Notes on the batch's row that Graph has asked to wait. */
async function askedToWait(
  askedSeconds: number,
  { migrationId, batchId }: BatchRef,
  { stores, nowMs }: ActivityServices,
): Promise<void> {
  if (askedSeconds === 0) return;
  const at = new Date(nowMs()).toISOString();
  await stores.batches.update(migrationId, batchId, {
    commandTry: {
      at,
      untilAt: new Date(nowMs() + askedSeconds * 1_000).toISOString(),
      isAsked: true,
    },
  });
}

/** A tenth of the time that the newest command has waited, longer where a try asks Graph for many tasks: a quarter of a minute at least, half an hour at most. */
function secondsUntilNextTry(open: readonly Command[], underWay: number, nowMs: number): number {
  const ageSeconds =
    (nowMs - Math.max(...open.map(({ acceptedAt }) => Date.parse(acceptedAt)))) / 1_000;
  return Math.min(
    Math.max(15, Math.min(300, ageSeconds / 10)) * Math.max(1, underWay / 2),
    longestCheckSeconds,
  );
}

async function execute(
  command: Command,
  taskRows: readonly SharePointTaskRow[],
  services: ActivityServices,
): Promise<Tried | PutOff> {
  switch (command.kind) {
    case 'cancel':
      // Those that had ended before anybody asked are not what it is about, unless there are no others.
      return stopAll(
        taskRows.filter(
          (taskRow) => !hasFinalOutcome(taskRow) || taskRow.updatedAt >= command.acceptedAt,
        ),
        services,
      );
    case 'cancelTask':
      return stopAll(
        taskRows.filter(({ taskId }) => taskId === command.taskId),
        services,
      );
    case 'reschedule':
      return command.completeAfterDateTime === null
        ? { verdict: 'refused', detail: 'there is no date' }
        : reschedule(command.completeAfterDateTime, taskRows, services);
    default:
      return { verdict: 'refused', detail: 'SharePoint tasks know nothing of the kind' };
  }
}

async function stopAll(
  taskRows: readonly SharePointTaskRow[],
  services: ActivityServices,
): Promise<Tried | PutOff> {
  if (taskRows.length === 0) return { verdict: 'tooLate', detail: 'every task had ended' };
  const results: Stopped[] = [];
  for (const taskRow of taskRows) {
    const result = await stopTask(taskRow, services);
    results.push(result);
    if (result.kind === 'wait' && result.isSilent === true) break;
  }
  const askedSeconds = Math.max(
    ...results.map((result) => ('askedSeconds' in result ? result.askedSeconds : 0)),
  );
  if (results.some(({ kind }) => kind === 'wait')) return { verdict: 'putOff', askedSeconds };
  const count = (kind: Stopped['kind']): number =>
    results.filter((result) => result.kind === kind).length;
  const stopped = count('stopped');
  const [refusal] = results.flatMap((result) => (result.kind === 'refused' ? [result] : []));
  const [unseen] = results.flatMap((result) => (result.kind === 'unconfirmed' ? [result] : []));
  const detail = [
    ...(stopped > 0 ? [`${String(stopped)} cancelled`] : []),
    ...(count('started') > 0 ? [`${String(count('started'))} had started and go on`] : []),
    ...(count('ended') > 0 ? [`${String(count('ended'))} had ended`] : []),
    ...(refusal === undefined ? [] : [`${String(count('refused'))} refused (${refusal.reason})`]),
    ...(unseen === undefined
      ? []
      : [`${String(count('unconfirmed'))} not confirmed (${unseen.reason})`]),
  ].join(', ');
  if (unseen !== undefined) return { verdict: 'unconfirmed', detail, askedSeconds };
  if (stopped === results.length) return { verdict: 'applied', detail };
  if (stopped > 0) return { verdict: 'partlyApplied', detail };
  return { verdict: refusal === undefined ? 'tooLate' : 'refused', detail };
}

/** The new date is on the migration's row already: whatever takes its place from here on is created with it. */
async function reschedule(
  startAt: string,
  taskRows: readonly SharePointTaskRow[],
  { stores }: ActivityServices,
): Promise<Tried> {
  let late = 0;
  let unchanged = 0;
  let moved = 0;
  for (const taskRow of taskRows) {
    if (hasFinalOutcome(taskRow)) continue;
    const { migrationId, batchId, taskId, parameters } = taskRow;
    if ((await stores.quota.find({ migrationId, batchId, taskId })) !== undefined) late += 1;
    else if (canStartAt(parameters, startAt)) moved += 1;
    else unchanged += 1;
  }
  const detail = [
    `${String(moved)} will not start before the new date`,
    ...(late > 0 ? [`${String(late)} had been created and keep their start`] : []),
    ...(unchanged > 0 ? [`${String(unchanged)} must start before it and keep their dates`] : []),
  ].join(', ');
  if (moved === 0) return { verdict: 'tooLate', detail };
  return { verdict: late + unchanged === 0 ? 'applied' : 'partlyApplied', detail };
}
