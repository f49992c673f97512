import type { Migration } from '../../shared/contracts/migration.ts';
import type { RequestedUser } from '../../shared/contracts/request.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { batchIdAt } from '../../shared/domain/ids.ts';
import { inParallel } from '../../shared/storage/calls.ts';
import { sharePointTaskId } from '../../shared/storage/rows.ts';
import type { Stores } from '../../shared/storage/stores.ts';

/**
 * Returns the batch that a task of a request will be in, before planning has written its row;
 * undefined if the request does not name it.
 */
export async function findPlanned(
  stores: Stores,
  { id, phase, batchSize }: Migration,
  taskId: string,
): Promise<Pick<Task, 'batchId' | 'outcome'> | undefined> {
  if (phase !== 'accepted') return undefined;
  const request = await stores.requests.load(id);
  const ids =
    request.kind === 'users'
      ? request.users.map(({ targetUserId }) => targetUserId)
      : request.tasks.map(sharePointTaskId);
  const index = ids.indexOf(taskId);
  return index === -1
    ? undefined
    : { batchId: batchIdAt(Math.floor(index / batchSize)), outcome: null };
}

/**
 * Returns the task of a user in the first batch that has it; undefined if the migration does not
 * have it.
 */
export function findTask(
  stores: Stores,
  migrationId: string,
  taskId: string,
): Promise<Task | undefined> {
  return stores.tasks.find(migrationId, taskId);
}

const parallelLookups = 16;

/**
 * Returns the ids of those users who are already in the migration, including users whose tasks are
 * not planned yet.
 */
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

/**
 * Returns the ids of the batches that have not ended, including batches that are not planned yet.
 */
export async function unfinishedBatchIds(
  stores: Stores,
  { id, batchCount }: Migration,
): Promise<string[]> {
  const batches = await stores.batches.list(id);
  const finishedIds = new Set(
    batches.filter(({ finishedAt }) => finishedAt !== null).map(({ batchId }) => batchId),
  );
  // Batches that are not planned yet have no row, but their ids are known.
  const ids = new Set([
    ...Array.from({ length: batchCount }, (_, index) => batchIdAt(index)),
    ...batches.map(({ batchId }) => batchId),
  ]);
  return [...ids].filter((batchId) => !finishedIds.has(batchId));
}
