import type { Migration } from '../contracts/migration.ts';
import type { Task } from '../contracts/task.ts';
import { batchIdAt } from '../domain/plan.ts';
import { moveId } from '../storage/moveId.ts';
import type { Stores } from '../storage/stores.ts';

/** Where the task of a request will be, before planning has written its row; undefined when the request does not name it. */
export async function findPlanned(
  stores: Stores,
  { id, phase, batchSize }: Migration,
  taskId: string,
): Promise<Pick<Task, 'batchId' | 'outcome'> | undefined> {
  if (phase !== 'accepted') return undefined;
  const request = await stores.requests.load(id);
  const ids =
    request.kind === 'users'
      ? request.users.map(({ targetUserId }) => targetUserId)
      : request.tasks.map(moveId);
  const index = ids.indexOf(taskId);
  return index === -1
    ? undefined
    : { batchId: batchIdAt(Math.floor(index / batchSize)), outcome: null };
}
