import type { RequestedUser } from '../contracts/usersRequest.ts';
import type { Stores } from '../storage/stores.ts';
import { everyTask } from './everyTask.ts';

/** Those of the users whom the migration has already, also where its tasks are not planned yet. */
export async function knownUsers(stores: Stores, migrationId: string, users: readonly RequestedUser[]): Promise<string[]> {
  const request = await stores.requests.load(migrationId);
  const known = new Set(request.kind === 'users' ? request.users.map(({ targetUserId }) => targetUserId) : []);
  for await (const { taskId } of everyTask(stores, migrationId)) known.add(taskId);
  return users.map(({ targetUserId }) => targetUserId).filter((id) => known.has(id));
}
