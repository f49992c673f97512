import type { GraphProblem } from '../../shared/graph/graphResult.ts';
import type { JobTask } from '../../shared/graph/jobClient.ts';
import type { ActivityServices } from './activityServices.ts';

/**
 * Graph: get user. Asks singly for each user whom a list has left out, because a list may be short. `absent` are the answers for those whom
 * Graph does not know. `notSeen` when it refuses or does not answer for one of them.
 */
export async function missingUsers(
  jobId: string,
  userIds: readonly string[],
  { jobs }: ActivityServices,
): Promise<
  | {
      readonly kind: 'done';
      readonly found: readonly JobTask[];
      readonly absent: readonly GraphProblem[];
    }
  | { readonly kind: 'notSeen'; readonly problem: GraphProblem; readonly seconds: number }
> {
  const found: JobTask[] = [];
  const absent: GraphProblem[] = [];
  for (const userId of userIds) {
    const task = await jobs.getTask(jobId, userId);
    if (task.kind === 'done') found.push(task.value);
    else if (task.kind === 'notFound') absent.push(task.problem);
    else
      return {
        kind: 'notSeen',
        problem: task.problem,
        seconds: 'seconds' in task ? task.seconds : 0,
      };
  }
  return { kind: 'done', found, absent };
}
