import type { MoveRef } from '../../shared/contracts/sharePointActivities.ts';
import type { SharePointParameters } from '../../shared/contracts/sharePointParameters.ts';
import type { Task } from '../../shared/contracts/task.ts';
import type { SharePointClient } from '../../shared/graph/sharePointClient.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import type { ActivityServices } from './activityServices.ts';
import { MissingRowError } from './storedRows.ts';

/** The row of a SharePoint task. */
export type Move = Task & { readonly parameters: SharePointParameters };

/** The row of a SharePoint task; throws a MissingRowError. */
export async function storedMove(stores: Stores, { migrationId, batchId, taskId }: MoveRef): Promise<Move> {
  const task = await stores.tasks.get(migrationId, batchId, taskId);
  if (task === undefined || !isMove(task)) throw new MissingRowError(`the table of tasks has no SharePoint task ${migrationId} ${batchId} ${taskId}`);
  return task;
}

export function isMove(task: Task): task is Move {
  return task.parameters !== null;
}

/** The client for SharePoint; throws while the app is set up without a source tenant. */
export function sharePointOf({ sharePoint }: ActivityServices): SharePointClient {
  if (sharePoint === undefined) throw new Error('SharePoint tasks are under way and SOURCE_TENANT_ID is not set');
  return sharePoint;
}
