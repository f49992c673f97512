import type { Task } from '../contracts/task.ts';
import type { Stores } from '../storage/stores.ts';

/** The task of a user, in whichever batch he is; undefined when the migration does not have him. */
export async function findTask(stores: Stores, migrationId: string, taskId: string): Promise<Task | undefined> {
  let continuationToken: string | undefined;
  do {
    const page = await stores.tasks.list(migrationId, { pageSize: 1_000, continuationToken });
    const found = page.items.find((task) => task.taskId === taskId);
    if (found !== undefined) return found;
    continuationToken = page.continuationToken;
  } while (continuationToken !== undefined);
  return undefined;
}
