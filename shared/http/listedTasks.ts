import type { ListedTask } from '../contracts/answers/listedTask.ts';
import { listedTask } from '../domain/listedTask.ts';
import type { Page, TaskStore } from '../storage/stores.ts';
import type { TasksQuery } from './listQueries.ts';

/** Pages of storage that one request may read in search of tasks that a filter lets through. */
const maxPages = 10;

/**
 * One page of tasks, explained. Storage sorts by batch and outcome; what errors mean is not stored, so those filters are
 * applied here: a page may be short, and empty although more follows.
 */
export async function listedTasks(
  store: TaskStore,
  migrationId: string,
  query: TasksQuery,
): Promise<Page<ListedTask>> {
  const { errorCode, whoCanFix, retry, ...stored } = query;
  let { continuationToken } = stored;
  for (let pages = 1; ; pages += 1) {
    const page = await store.list(migrationId, { ...stored, continuationToken });
    const items = page.items
      .map(listedTask)
      .filter((task) => matches(task, { errorCode, whoCanFix, retry }));
    continuationToken = page.continuationToken;
    if (continuationToken === undefined) return { items };
    if (items.length > 0 || pages === maxPages) return { items, continuationToken };
  }
}

function matches(
  { services, failure }: ListedTask,
  { errorCode, whoCanFix, retry }: Pick<TasksQuery, 'errorCode' | 'whoCanFix' | 'retry'>,
): boolean {
  const wanted = errorCode?.toLowerCase();
  return (
    (wanted === undefined ||
      failure?.codes.some((code) => code.toLowerCase() === wanted) === true ||
      hasCode(services, wanted)) &&
    (whoCanFix === undefined || failure?.whoCanFix.includes(whoCanFix) === true) &&
    (retry === undefined || failure?.retry === retry)
  );
}

/** Also errors of workloads that did well, such as chats that were moved but for a few messages. */
function hasCode(services: ListedTask['services'], wanted: string): boolean {
  return services.some(({ errors }) => errors.some(({ code }) => code.toLowerCase() === wanted));
}
