import type { z } from 'zod';
import { readMoveInputSchema, type readMoveResultSchema } from '../../shared/contracts/sharePointActivities.ts';
import { undecidedFor } from '../../shared/domain/answeredCommands.ts';
import { lenientInstantMs } from '../../shared/domain/lenientInstant.ts';
import { isSharePointEnd, isSharePointStatus } from '../../shared/domain/sharePointStatus.ts';
import type { SharePointTask } from '../../shared/graph/sharePointClient.ts';
import type { ActivityServices } from './activityServices.ts';
import { endMove, errorsOf, leaveQueue, type MoveEnd, sharePointService } from './endMove.ts';
import { becomeWaiter, stopWaiting } from './moveWaiter.ts';
import { notRead, reasonOfRefusal } from './refusal.ts';
import { type Move, sharePointOf, storedMove } from './storedMove.ts';
import { storedBatch } from './storedRows.ts';

const silentMs = 24 * 3_600_000;

/** Graph: get SharePoint task. Writes the task's row when something has changed, and its outcome at the end. */
export async function readMove(input: unknown, services: ActivityServices): Promise<z.infer<typeof readMoveResultSchema>> {
  const { graphTaskId, seen: seenBefore, waiterId, ...ref } = readMoveInputSchema.parse(input);
  const { stores, nowMs } = services;
  const move = await storedMove(stores, ref);
  if (move.outcome !== null) {
    await stopWaiting(ref, waiterId, services);
    return leaveQueue(ref, services);
  }
  const read = await sharePointOf(services).getTask(graphTaskId);
  if (read.kind === 'retryAfter') return { kind: 'retryAfter', seconds: read.seconds, reason: reasonOfRefusal(read.problem) };
  if (read.kind !== 'done') return notRead(read);
  const { status } = read.value;
  if (isSharePointEnd(status)) {
    await stopWaiting(ref, waiterId, services);
    return endMove({ ...move, jobId: graphTaskId }, endOf(read.value, move, nowMs()), services);
  }
  await becomeWaiter(await storedBatch(stores, ref.migrationId, ref.batchId), waiterId, services);

  const message = remark(read.value, nowMs());
  const seen = `${status}${message === '' ? '' : ' remarkable'}`;
  if (seen !== seenBefore || move.jobId !== graphTaskId) {
    await stores.tasks.save([{ ...move, jobId: graphTaskId, services: [sharePointService({ status, message, errors: [] })], updatedAt: new Date(nowMs()).toISOString() }]);
  }
  const shownStart = read.value.parameters['preferredStartDateTime'];
  const startMs = lenientInstantMs(typeof shownStart === 'string' ? shownStart : null) ?? null;
  const commands = undecidedFor(ref.batchId, await stores.commands.book(ref.migrationId)).length > 0;
  return { kind: 'on', status, seen, startMs, commands };
}

function endOf(task: SharePointTask, { parameters }: Move, nowMs: number): MoveEnd {
  const { status } = task;
  if (status === 'completed') return { outcome: 'succeeded', status, message: '', errors: [] };
  if (status === 'cancelled') {
    const { preferredLatestStartDateTime: latest } = parameters;
    const isLate = latest !== undefined && Date.parse(latest) <= nowMs;
    return { outcome: 'cancelled', status, message: isLate ? 'not started by preferredLatestStartDateTime' : '', errors: [] };
  }
  const errors = errorsOf(task, 'the move failed without a reason');
  return { outcome: 'failed', status, message: errors[0].message, errors };
}

/** What a person may have to look at. A running task without a sign of life may only be rescheduled, which Graph does not show. */
function remark({ status, lastUpdatedDateTime }: SharePointTask, nowMs: number): string {
  if (!isSharePointStatus(status)) return 'the task has a status that nobody has published: look at the move in the source tenant; it is watched until it ends';
  const lastMs = lenientInstantMs(lastUpdatedDateTime);
  if (status !== 'inProgress' || lastMs === undefined || nowMs - lastMs < silentMs) return '';
  return 'no sign of life for more than a day: look at the move in the source tenant (Get-SPOCrossTenantUserContentMoveState or Get-SPOCrossTenantSiteContentMoveState); it is watched until it ends';
}
