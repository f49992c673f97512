import { isFinalSharePointStatus } from '../../shared/domain/sharePoint.ts';
import { hasFinalOutcome, outOfSightSince } from '../../shared/domain/sight.ts';
import type { SharePointTask } from '../../shared/graph/sharePointTasks.ts';
import { type ActivityServices, audited } from '../activityServices.ts';
import { type ReadResult, reasonOfRefusal } from '../refusals.ts';
import { saveCancelled, type SharePointTaskRow, sharePointOf, storedTaskRow } from './endTask.ts';
import { isBlind, lookUpTask, readTask } from './lookUpTask.ts';

/** `started`: it goes on; `ended`: it had ended before; `wait`: nobody can say yet; `unconfirmed`: Graph does not show the task and has not taken the cancel. `askedSeconds`: how long Graph asks to wait, 0 where it says nothing. */
export type Stopped =
  | { readonly kind: 'stopped' | 'started' | 'ended' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unconfirmed'; readonly reason: string; readonly askedSeconds: number }
  | {
      readonly kind: 'wait';
      readonly askedSeconds: number;
      /** Graph gives no answer at all: nothing else needs to be asked now. */ readonly isSilent?: boolean;
    };

/**
 * Cancels one SharePoint task wherever it stands: one that waits for its place is barred from it, one that Graph has is
 * cancelled there (Graph: cancel, before it has started), also while Graph does not show it. Safe to repeat.
 */
export async function stopTask(
  { migrationId, batchId, taskId }: SharePointTaskRow,
  services: ActivityServices,
): Promise<Stopped> {
  const { stores } = services;
  const ref = { migrationId, batchId, taskId };
  const moves = await stores.quota.hold(ref, 0, 0);
  // Read only now: whatever holds no place from here on will never get one.
  const taskRow = await storedTaskRow(stores, ref);
  if (hasFinalOutcome(taskRow)) {
    // Nothing is left to be barred: a bar would keep a retry from its place.
    if (moves === 0) await stores.quota.release(ref);
    return { kind: taskRow.outcome === 'cancelled' ? 'stopped' : 'ended' };
  }
  // One that Graph has created needs no place to go on; the id of a task of the run before says nothing of this one.
  const isCreated = taskRow.jobId !== null && taskRow.outcomeBefore === null;
  if (moves === 0 && taskRow.outcome === null && !isCreated) {
    // The bar stays until the orchestration of the task has seen the outcome.
    await saveCancelled(taskRow, services);
    return { kind: 'stopped' };
  }
  if (taskRow.jobId === null)
    return isHidden(taskRow)
      ? { kind: 'unconfirmed', reason: 'whether there is a task is not known', askedSeconds: 0 }
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
): Promise<Stopped> {
  const before = await readOwn(taskRow, graphTaskId, services);
  if (before.kind !== 'seen') return cancelUnseen(taskRow, graphTaskId, before, services);
  const stands = standing(before.value.status);
  if (stands !== undefined) return stands;
  const cancel = await sharePointOf(services).cancelTask(graphTaskId);
  switch (cancel.kind) {
    case 'done':
      return { kind: 'stopped' };
    case 'conflict': {
      // It has started, or somebody else has cancelled it a moment ago.
      const after = await readOwn(taskRow, graphTaskId, services);
      return (
        (after.kind === 'seen' ? standing(after.value.status) : undefined) ?? {
          kind: 'wait',
          askedSeconds: 0,
        }
      );
    }
    case 'rejected':
      return { kind: 'refused', reason: `Graph refused: ${reasonOfRefusal(cancel.problem)}` };
    case 'retryAfter':
    case 'unknown':
      return { kind: 'wait', askedSeconds: cancel.seconds };
    case 'notFound':
      return { kind: 'wait', askedSeconds: 0 };
  }
}

/** Cancels a task that Graph does not show, unless it had started when it was seen last: Graph may take the cancel all the same. */
async function cancelUnseen(
  taskRow: SharePointTaskRow,
  graphTaskId: string,
  read: Exclude<ReadResult<SharePointTask>, { kind: 'seen' }>,
  services: ActivityServices,
): Promise<Stopped> {
  const { httpStatus } = read.problem;
  const isPutOff = httpStatus === 0 || httpStatus === 429 || httpStatus >= 500;
  // Graph asks for patience, and has not been silent for long.
  if (read.kind === 'refused' && isPutOff && !isHidden(taskRow))
    return { kind: 'wait', askedSeconds: read.seconds, isSilent: true };
  const unseen = `Graph does not show the task: ${reasonOfRefusal(read.problem)}`;
  if (taskRow.services[0]?.status === 'inProgress')
    return {
      kind: 'unconfirmed',
      reason: `${unseen}; it had started when it was seen last`,
      askedSeconds: 0,
    };
  const cancel = await sharePointOf(services).cancelTask(graphTaskId);
  return cancel.kind === 'done'
    ? { kind: 'stopped' }
    : {
        kind: 'unconfirmed',
        reason: `${unseen}; to the cancel it answers ${reasonOfRefusal(cancel.problem)}`,
        askedSeconds: 'seconds' in cancel ? cancel.seconds : 0,
      };
}

/** Graph may show a task by its source that it does not show by its id. */
async function readOwn(
  taskRow: SharePointTaskRow,
  graphTaskId: string,
  services: ActivityServices,
): Promise<ReadResult<SharePointTask>> {
  const read = await readTask(graphTaskId, services);
  if (read.kind !== 'absent' || isBlind(taskRow)) return read;
  const last = await lookUpTask(taskRow, services);
  return last.kind === 'seen' && last.value.id === graphTaskId ? last : read;
}

/** Why there is nothing to cancel now; undefined for a task that has not started. */
function standing(status: string): Stopped | undefined {
  if (status === 'cancelled') return { kind: 'stopped' };
  if (isFinalSharePointStatus(status)) return { kind: 'ended' };
  return status === 'inProgress' ? { kind: 'started' } : undefined;
}
