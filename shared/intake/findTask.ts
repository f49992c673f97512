import type { Task } from '../contracts/task.ts';
import type { Stores } from '../storage/stores.ts';
import { everyTask } from './everyTask.ts';

/** The task of a user, in whichever batch he is; undefined when the migration does not have him. */
export async function findTask(stores: Stores, migrationId: string, taskId: string): Promise<Task | undefined> {
  for await (const task of everyTask(stores, migrationId)) if (task.taskId === taskId) return task;
  return undefined;
}
