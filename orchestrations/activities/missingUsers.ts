import type { JobTask } from '../../shared/graph/jobClient.ts';
import type { ActivityServices } from './activityServices.ts';

/**
 * Graph: get user. Asks for each user whom a list has left out by himself, because a list may be a page short for once; those
 * whom Graph does not know are left out of the answer. `retryAfter` when Graph puts one of them off.
 */
export async function missingUsers(
  jobId: string,
  userIds: readonly string[],
  { jobs }: ActivityServices,
): Promise<{ readonly kind: 'done'; readonly found: readonly JobTask[] } | { readonly kind: 'retryAfter'; readonly seconds: number }> {
  const found: JobTask[] = [];
  for (const userId of userIds) {
    const task = await jobs.getTask(jobId, userId);
    if (task.kind === 'retryAfter') return { kind: 'retryAfter', seconds: task.seconds };
    if (task.kind === 'done') found.push(task.value);
  }
  return { kind: 'done', found };
}
