import type { Task } from '../contracts/task.ts';
import type { Stores } from '../storage/stores.ts';

/** The tasks of a migration one after the other, read page by page. */
export async function* everyTask(stores: Stores, migrationId: string): AsyncGenerator<Task> {
  let continuationToken: string | undefined;
  do {
    const page = await stores.tasks.list(migrationId, { pageSize: 1_000, continuationToken });
    yield* page.items;
    ({ continuationToken } = page);
  } while (continuationToken !== undefined);
}
