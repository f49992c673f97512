import type { Task } from '../contracts/task.ts';
import type { Stores } from '../storage/stores.ts';

/** The task of a user, in the first batch that has them; undefined when the migration does not have them. */
export function findTask(
  stores: Stores,
  migrationId: string,
  taskId: string,
): Promise<Task | undefined> {
  return stores.tasks.find(migrationId, taskId);
}
