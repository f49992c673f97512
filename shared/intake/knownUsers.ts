import type { RequestedUser } from '../contracts/usersRequest.ts';
import type { Stores } from '../storage/stores.ts';

/** Those of the users whom the migration has already, also where its tasks are not planned yet. */
export async function knownUsers(stores: Stores, migrationId: string, users: readonly RequestedUser[]): Promise<string[]> {
  const request = await stores.requests.load(migrationId);
  const known = new Set(request.kind === 'users' ? request.users.map(({ targetUserId }) => targetUserId) : []);
  let continuationToken: string | undefined;
  do {
    const page = await stores.tasks.list(migrationId, { pageSize: 1_000, continuationToken });
    for (const { taskId } of page.items) known.add(taskId);
    continuationToken = page.continuationToken;
  } while (continuationToken !== undefined);
  return users.map(({ targetUserId }) => targetUserId).filter((id) => known.has(id));
}
