import type { z } from 'zod';
import type { Command, CommandResult } from '../../shared/contracts/command.ts';
import { type BatchRef, batchRefSchema } from '../../shared/contracts/internal/batch.ts';
import type { handleSharePointCommandsResultSchema } from '../../shared/contracts/internal/sharePoint.ts';
import { openCommands } from '../../shared/domain/commands.ts';
import { hasFinalOutcome, longestCheckSeconds } from '../../shared/domain/polling.ts';
import { canStartAt } from '../../shared/domain/sharePoint.ts';
import type { ActivityServices } from '../activityServices.ts';
import { type CancelResult, cancelTask } from './cancelTask.ts';
import { isSharePointTask, type SharePointTaskRow } from './taskRow.ts';

/**
 * The result of a command, and the wait that Graph asks for before the next try. Absent means none.
 */
interface CommandDecision extends Pick<CommandResult, 'verdict' | 'detail'> {
  readonly askedSeconds?: number;
}
/** There is no result yet. */
interface Postponed {
  readonly verdict: 'postponed';
  readonly askedSeconds: number;
}

/**
 * Handles the commands for a SharePoint batch whose tasks are under way, oldest first and for all
 * tasks, and records the results. Any task may call it, also several at once: each step is safe to
 * repeat, and the first result stays, except `unconfirmed`, which is tried again at each call.
 * Returns `retryAfter` if a command has no result yet: the calling task then waits that long, and
 * no other task tries meanwhile unless a command arrives.
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
  // One task tries for all; the others continue polling.
  if (!(await claimTry(open, ref, services)))
    return { kind: 'done', unconfirmed: true, askedSeconds: 0 };
  let isUnconfirmed = false;
  let askedSeconds = 0;
  for (const command of open) {
    const taskRows = (await stores.tasks.listBatch(migrationId, batchId)).filter(isSharePointTask);
    const tried = await execute(command, taskRows, services);
    askedSeconds = Math.max(askedSeconds, tried.askedSeconds ?? 0);
    if (tried.verdict === 'postponed') {
      // The earlier result stays unconfirmed and does not hold up later commands.
      if (unconfirmed.includes(command)) isUnconfirmed = true;
      else {
        await recordAskedWait(askedSeconds, ref, services);
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
  await recordAskedWait(askedSeconds, ref, services);
  return { kind: 'done', unconfirmed: isUnconfirmed, askedSeconds };
}

/**
 * Records in the batch's row that its open commands are tried now. Returns false if the next try is
 * not due and no command has arrived since.
 */
async function claimTry(
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

/** Records in the batch's row that Graph asked to wait. */
async function recordAskedWait(
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

/**
 * Returns the seconds until the next try: a tenth of the newest command's age, times more if many
 * tasks are asked about; at least 15 seconds, at most half an hour.
 */
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
): Promise<CommandDecision | Postponed> {
  switch (command.kind) {
    case 'cancel':
      // A task that ended before the command is not affected by it.
      return cancelTasks(
        taskRows.filter(
          (taskRow) => !hasFinalOutcome(taskRow) || taskRow.updatedAt >= command.acceptedAt,
        ),
        services,
      );
    case 'cancelTask':
      return cancelTasks(
        taskRows.filter(({ taskId }) => taskId === command.taskId),
        services,
      );
    case 'reschedule':
      return command.completeAfterDateTime === null
        ? { verdict: 'refused', detail: 'the command has no completeAfterDateTime' }
        : reschedule(command.completeAfterDateTime, taskRows, services);
    default:
      return {
        verdict: 'refused',
        detail: 'this command is not supported for SharePoint migrations',
      };
  }
}

async function cancelTasks(
  taskRows: readonly SharePointTaskRow[],
  services: ActivityServices,
): Promise<CommandDecision | Postponed> {
  if (taskRows.length === 0) return { verdict: 'tooLate', detail: 'every task had ended before' };
  const results: CancelResult[] = [];
  for (const taskRow of taskRows) {
    const result = await cancelTask(taskRow, services);
    results.push(result);
    if (result.kind === 'wait' && result.isSilent === true) break;
  }
  const askedSeconds = Math.max(
    ...results.map((result) => ('askedSeconds' in result ? result.askedSeconds : 0)),
  );
  if (results.some(({ kind }) => kind === 'wait')) return { verdict: 'postponed', askedSeconds };
  const count = (kind: CancelResult['kind']): number =>
    results.filter((result) => result.kind === kind).length;
  const stopped = count('stopped');
  const [refusal] = results.flatMap((result) => (result.kind === 'refused' ? [result] : []));
  const [unseen] = results.flatMap((result) => (result.kind === 'unconfirmed' ? [result] : []));
  const detail = [
    ...(stopped > 0 ? [`${String(stopped)} cancelled`] : []),
    ...(count('started') > 0 ? [`${String(count('started'))} had started and continue`] : []),
    ...(count('ended') > 0 ? [`${String(count('ended'))} had ended`] : []),
    ...(refusal === undefined ? [] : [`${String(count('refused'))} refused (${refusal.reason})`]),
    ...(unseen === undefined
      ? []
      : [`${String(count('unconfirmed'))} unconfirmed (${unseen.reason})`]),
  ].join(', ');
  if (unseen !== undefined) return { verdict: 'unconfirmed', detail, askedSeconds };
  if (stopped === results.length) return { verdict: 'applied', detail };
  if (stopped > 0) return { verdict: 'partlyApplied', detail };
  return { verdict: refusal === undefined ? 'tooLate' : 'refused', detail };
}

/**
 * Counts what a reschedule affects. The new date is already in the migration's row, so tasks that
 * get quota from now on are created with it.
 */
async function reschedule(
  startAt: string,
  taskRows: readonly SharePointTaskRow[],
  { stores }: ActivityServices,
): Promise<CommandDecision> {
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
    ...(late > 0 ? [`${String(late)} were created before and do not change`] : []),
    ...(unchanged > 0
      ? [`${String(unchanged)} must start before the new date and do not change`]
      : []),
  ].join(', ');
  if (moved === 0) return { verdict: 'tooLate', detail };
  return { verdict: late + unchanged === 0 ? 'applied' : 'partlyApplied', detail };
}
