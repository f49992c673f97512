import type { MoveRef } from '../../shared/contracts/sharePointActivities.ts';
import type { SharePointParameters } from '../../shared/contracts/sharePointParameters.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { isSettled } from '../../shared/domain/sharePointSight.ts';
import type { SharePointClient } from '../../shared/graph/sharePointClient.ts';
import { StaleRowError } from '../../shared/storage/writeRows.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import type { ActivityServices } from './activityServices.ts';
import { MissingRowError } from './storedRows.ts';

/** The row of a SharePoint task. */
export type Move = Task & { readonly parameters: SharePointParameters };

/** The row of a SharePoint task; throws a MissingRowError. */
export async function storedMove(
  stores: Stores,
  { migrationId, batchId, taskId }: MoveRef,
): Promise<Move> {
  const task = await stores.tasks.get(migrationId, batchId, taskId);
  if (task === undefined || !isMove(task))
    throw new MissingRowError(
      `the table of tasks has no SharePoint task ${migrationId} ${batchId} ${taskId}`,
    );
  return task;
}

/**
 * Writes the row of a SharePoint task that had no settled outcome when it was read. Throws a StaleRowError where it has one now: an instance that stood still
 * must not write over it. The activity is run again then, and reads the row anew.
 */
export async function saveMove(
  move: Move,
  { stores }: Pick<ActivityServices, 'stores'>,
): Promise<void> {
  const current = await storedMove(stores, move);
  if (isSettled(current)) throw new StaleRowError('tasks');
  await stores.tasks.save([move], [current]);
}

export function isMove(task: Task): task is Move {
  return task.parameters !== null;
}

/** The client for SharePoint; throws while the app is set up without a source tenant. */
export function sharePointOf({ sharePoint }: ActivityServices): SharePointClient {
  if (sharePoint === undefined)
    throw new Error('SharePoint tasks are under way and SOURCE_TENANT_ID is not set');
  return sharePoint;
}
