import type { Task } from '../../shared/contracts/task.ts';
import type { RequestedUser } from '../../shared/contracts/usersRequest.ts';

/** The row of a user before anything has happened. */
export function newTask(
  place: Pick<Task, 'migrationId' | 'batchId' | 'updatedAt'>,
  user: RequestedUser,
): Task {
  return {
    ...place,
    taskId: user.targetUserId,
    sourceUserPrincipalName:
      ('sourceUserPrincipalName' in user ? user.sourceUserPrincipalName : undefined) ?? null,
    source: null,
    target: null,
    parameters: null,
    outcome: null,
    outcomeBefore: null,
    jobId: null,
    services: [],
    validation: [],
  };
}
