import type { z } from 'zod';
import { batchRefSchema } from '../../shared/contracts/activities.ts';
import type { Command, CommandResult } from '../../shared/contracts/command.ts';
import type { obeyMovesResultSchema } from '../../shared/contracts/sharePointActivities.ts';
import { canStartAt } from '../../shared/domain/moveParameters.ts';
import { openCommands } from '../../shared/domain/sharePointCommands.ts';
import { isSettled } from '../../shared/domain/sharePointSight.ts';
import type { ActivityServices } from './activityServices.ts';
import { type Stopped, stopMove } from './stopMove.ts';
import { isMove, type Move } from './storedMove.ts';

type Answer = Pick<CommandResult, 'verdict' | 'detail'>;

/**
 * Carries out what was asked of a SharePoint batch whose tasks are under way, oldest first, for all of its tasks, and records
 * truthfully what became of it. Any of the tasks may call it, also several at once: each step is safe to repeat, and the
 * first answer stays, except `unconfirmed`: such a command is tried again at every call. `retryAfter` when something cannot be said yet.
 */
export async function obeyMoves(input: unknown, services: ActivityServices): Promise<z.infer<typeof obeyMovesResultSchema>> {
  const { migrationId, batchId } = batchRefSchema.parse(input);
  const { stores, nowMs } = services;
  const { unconfirmed, unanswered } = openCommands(batchId, await stores.commands.bookOf(migrationId, batchId));
  let isUnconfirmed = false;
  for (const command of [...unconfirmed, ...unanswered]) {
    const moves = (await stores.tasks.listBatch(migrationId, batchId)).filter(isMove);
    const answer = await carryOut(command, moves, services);
    if ('seconds' in answer) {
      // What was tried before stays unconfirmed, and holds up nothing that was asked since.
      if (unconfirmed.includes(command)) isUnconfirmed = true;
      else return { kind: 'retryAfter', seconds: answer.seconds };
      continue;
    }
    isUnconfirmed ||= answer.verdict === 'unconfirmed';
    if (answer.verdict === 'unconfirmed' && unconfirmed.includes(command)) continue;
    await stores.commands.answer({ migrationId, batchId, commandId: command.commandId, ...answer, decidedAt: new Date(nowMs()).toISOString() });
  }
  return { kind: 'done', unconfirmed: isUnconfirmed };
}

async function carryOut(command: Command, moves: readonly Move[], services: ActivityServices): Promise<Answer | { readonly seconds: number }> {
  switch (command.kind) {
    case 'cancel':
      // Those that had ended before anybody asked are not what it is about, unless there are no others.
      return stopAll(moves.filter((move) => !isSettled(move) || move.updatedAt >= command.acceptedAt), services);
    case 'cancelTask':
      return stopAll(moves.filter(({ taskId }) => taskId === command.taskId), services);
    case 'reschedule':
      return command.completeAfterDateTime === null ? { verdict: 'refused', detail: 'there is no date' } : reschedule(command.completeAfterDateTime, moves, services);
    default:
      return { verdict: 'refused', detail: 'SharePoint tasks know nothing of the kind' };
  }
}

async function stopAll(moves: readonly Move[], services: ActivityServices): Promise<Answer | { readonly seconds: number }> {
  if (moves.length === 0) return { verdict: 'tooLate', detail: 'every task had ended' };
  const results: Stopped[] = [];
  for (const move of moves) results.push(await stopMove(move, services));
  const waits = results.flatMap((result) => (result.kind === 'wait' ? [result.seconds] : []));
  if (waits.length > 0) return { seconds: Math.max(...waits) };
  const count = (kind: Stopped['kind']): number => results.filter((result) => result.kind === kind).length;
  const stopped = count('stopped');
  const [refusal] = results.flatMap((result) => (result.kind === 'refused' ? [result] : []));
  const [unseen] = results.flatMap((result) => (result.kind === 'unconfirmed' ? [result] : []));
  const detail = [
    ...(stopped > 0 ? [`${String(stopped)} cancelled`] : []),
    ...(count('started') > 0 ? [`${String(count('started'))} had started and go on`] : []),
    ...(count('ended') > 0 ? [`${String(count('ended'))} had ended`] : []),
    ...(refusal === undefined ? [] : [`${String(count('refused'))} refused (${refusal.reason})`]),
    ...(unseen === undefined ? [] : [`${String(count('unconfirmed'))} not confirmed (${unseen.reason})`]),
  ].join(', ');
  if (unseen !== undefined) return { verdict: 'unconfirmed', detail };
  if (stopped === results.length) return { verdict: 'applied', detail };
  if (stopped > 0) return { verdict: 'partlyApplied', detail };
  return { verdict: refusal === undefined ? 'tooLate' : 'refused', detail };
}

/** The new date is on the migration's row already: whatever takes its place from here on is created with it. */
async function reschedule(startAt: string, moves: readonly Move[], { stores }: ActivityServices): Promise<Answer> {
  let late = 0;
  let kept = 0;
  let moved = 0;
  for (const move of moves) {
    if (isSettled(move)) continue;
    const { migrationId, batchId, taskId, parameters } = move;
    if ((await stores.slots.find({ migrationId, batchId, taskId })) !== undefined) late += 1;
    else if (canStartAt(parameters, startAt)) moved += 1;
    else kept += 1;
  }
  const detail = [
    `${String(moved)} will not start before the new date`,
    ...(late > 0 ? [`${String(late)} had been created and keep their start`] : []),
    ...(kept > 0 ? [`${String(kept)} must start before it and keep their dates`] : []),
  ].join(', ');
  if (moved === 0) return { verdict: 'tooLate', detail };
  return { verdict: late + kept === 0 ? 'applied' : 'partlyApplied', detail };
}
