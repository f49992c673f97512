import { hasFinalOutcome, outOfSightSince } from '../../shared/domain/polling.ts';
import { isFinalSharePointStatus } from '../../shared/domain/sharePoint.ts';
import { describeProblem, type ReadResult } from '../../shared/graph/problems.ts';
import type { SharePointTask } from '../../shared/graph/sharePointTasks.ts';
import { type ActivityServices, audited } from '../activityServices.ts';
import { hasNoLookUp, lookUpTask, readTask } from './lookUpTask.ts';
import {
  saveCancelled,
  sharePointClient,
  type SharePointTaskRow,
  storedTaskRow,
} from './taskRow.ts';

/**
 * The result of a cancel. `started`: the task has started and continues. `ended`: it had ended
 * before. `wait`: the result is not known yet. `unconfirmed`: Graph does not show the task and has
 * not accepted the cancel. `askedSeconds`: the wait that Graph asks for, or 0.
 */
export type CancelResult =
  | { readonly kind: 'stopped' | 'started' | 'ended' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unconfirmed'; readonly reason: string; readonly askedSeconds: number }
  | {
      readonly kind: 'wait';
      readonly askedSeconds: number;
      /** Graph does not respond at all, so nothing else needs to be asked now. */
      readonly isSilent?: boolean;
    };

/**
 * Cancels a SharePoint task in any state. A task that waits for quota is barred from it. A task in
 * Graph is cancelled there if it has not started, also while Graph does not show it (Graph:
 * cancel). Safe to repeat.
 */
export async function cancelTask(
  { migrationId, batchId, taskId }: SharePointTaskRow,
  services: ActivityServices,
): Promise<CancelResult> {
  const { stores } = services;
  const ref = { migrationId, batchId, taskId };
  const heldQuota = await stores.quota.hold(ref, 0, 0);
  // Read after the bar: a task without quota at this point will not get any.
  const taskRow = await storedTaskRow(stores, ref);
  if (hasFinalOutcome(taskRow)) {
    // Nothing needs to be barred, and a bar would block a later retry.
    if (heldQuota === 0) await stores.quota.release(ref);
    return { kind: taskRow.outcome === 'cancelled' ? 'stopped' : 'ended' };
  }
  // A task that Graph has created needs no quota to continue. The id of a previous run's task does
  // not count.
  const isCreated = taskRow.jobId !== null && taskRow.outcomeBefore === null;
  if (heldQuota === 0 && taskRow.outcome === null && !isCreated) {
    // The bar stays until the orchestration of the task has seen the outcome.
    await saveCancelled(taskRow, services);
    return { kind: 'stopped' };
  }
  if (taskRow.jobId === null)
    return isHidden(taskRow)
      ? {
          kind: 'unconfirmed',
          reason: 'it is not known whether Graph has the task',
          askedSeconds: 0,
        }
      : { kind: 'wait', askedSeconds: 0 };
  const result = await cancelInGraph(taskRow, taskRow.jobId, services);
  if (result.kind === 'stopped')
    await audited(
      {
        ...ref,
        jobId: taskRow.jobId,
        eventId: `task.cancel/${taskRow.jobId}`,
        type: 'task.cancel',
      },
      services,
    );
  return result;
}

function isHidden(taskRow: SharePointTaskRow): boolean {
  return taskRow.outcome === 'unknown' || outOfSightSince(taskRow) !== undefined;
}

async function cancelInGraph(
  taskRow: SharePointTaskRow,
  graphTaskId: string,
  services: ActivityServices,
): Promise<CancelResult> {
  const before = await readOwn(taskRow, graphTaskId, services);
  if (before.kind !== 'seen') return cancelUnseen(taskRow, graphTaskId, before, services);
  const final = finalResult(before.value.status);
  if (final !== undefined) return final;
  const cancel = await sharePointClient(services).cancelTask(graphTaskId);
  switch (cancel.kind) {
    case 'done':
      return { kind: 'stopped' };
    case 'conflict': {
      // The task has started, or somebody else cancelled it a moment ago.
      const after = await readOwn(taskRow, graphTaskId, services);
      return (
        (after.kind === 'seen' ? finalResult(after.value.status) : undefined) ?? {
          kind: 'wait',
          askedSeconds: 0,
        }
      );
    }
    case 'rejected':
      return { kind: 'refused', reason: `Graph refused: ${describeProblem(cancel.problem)}` };
    case 'retryAfter':
    case 'unknown':
      return { kind: 'wait', askedSeconds: cancel.seconds };
    case 'notFound':
      return { kind: 'wait', askedSeconds: 0 };
  }
}

/**
 * Cancels a task that Graph does not show, unless it had started when last seen. Graph may accept
 * the cancel all the same.
 */
async function cancelUnseen(
  taskRow: SharePointTaskRow,
  graphTaskId: string,
  read: Exclude<ReadResult<SharePointTask>, { kind: 'seen' }>,
  services: ActivityServices,
): Promise<CancelResult> {
  const { httpStatus } = read.problem;
  const isPutOff = httpStatus === 0 || httpStatus === 429 || httpStatus >= 500;
  // Graph only asks to wait and has not been silent for long.
  if (read.kind === 'refused' && isPutOff && !isHidden(taskRow))
    return { kind: 'wait', askedSeconds: read.seconds, isSilent: true };
  const unseen = `Graph does not show the task: ${describeProblem(read.problem)}`;
  if (taskRow.services[0]?.status === 'inProgress')
    return {
      kind: 'unconfirmed',
      reason: `${unseen}; it had started when last seen`,
      askedSeconds: 0,
    };
  const cancel = await sharePointClient(services).cancelTask(graphTaskId);
  return cancel.kind === 'done'
    ? { kind: 'stopped' }
    : {
        kind: 'unconfirmed',
        reason: `${unseen}; the response to the cancel was ${describeProblem(cancel.problem)}`,
        askedSeconds: 'seconds' in cancel ? cancel.seconds : 0,
      };
}

/**
 * Reads a task by its id, then by its source, because Graph may show it by one and not by the
 * other.
 */
async function readOwn(
  taskRow: SharePointTaskRow,
  graphTaskId: string,
  services: ActivityServices,
): Promise<ReadResult<SharePointTask>> {
  const read = await readTask(graphTaskId, services);
  if (read.kind !== 'absent' || hasNoLookUp(taskRow)) return read;
  const last = await lookUpTask(taskRow, services);
  return last.kind === 'seen' && last.value.id === graphTaskId ? last : read;
}

/**
 * Returns the result if there is nothing to cancel, or undefined for a task that has not started.
 */
function finalResult(status: string): CancelResult | undefined {
  if (status === 'cancelled') return { kind: 'stopped' };
  if (isFinalSharePointStatus(status)) return { kind: 'ended' };
  return status === 'inProgress' ? { kind: 'started' } : undefined;
}
