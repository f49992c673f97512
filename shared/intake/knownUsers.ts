import type { RequestedUser } from '../contracts/usersRequest.ts';
import { inParallel } from '../storage/inParallel.ts';
import type { Stores } from '../storage/stores.ts';

const parallelLookups = 16;

/** Those of the users whom the migration has already, also where its tasks are not planned yet. */
export async function knownUsers(
  stores: Stores,
  migrationId: string,
  users: readonly RequestedUser[],
): Promise<string[]> {
  const request = await stores.requests.load(migrationId);
  const requested = new Set(
    request.kind === 'users' ? request.users.map(({ targetUserId }) => targetUserId) : [],
  );
  const ids = users.map(({ targetUserId }) => targetUserId);
  const isKnown = await inParallel(
    parallelLookups,
    ids,
    async (id) => requested.has(id) || (await stores.tasks.find(migrationId, id)) !== undefined,
  );
  return ids.filter((_, index) => isKnown[index]);
}
