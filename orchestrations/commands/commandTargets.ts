import { batchIdAt } from '../../shared/contracts/ids.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { sharePointTaskId } from '../../shared/storage/rows.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import type {
  CommandRefusal,
  CommandServices,
  CommandToSave,
  NewCommand,
} from './commandDefinition.ts';

/** Addresses a command to the batch of the task that its path names. */
export async function addressTask(
  { migration, command }: Pick<NewCommand, 'migration' | 'command'>,
  { stores }: Pick<CommandServices, 'stores'>,
): Promise<CommandToSave | CommandRefusal> {
  const taskId = command.taskId ?? '';
  const task =
    (await stores.tasks.find(migration.id, taskId)) ??
    (await findPlanned(stores, migration, taskId));
  if (task === undefined)
    return {
      kind: 'notFound',
      detail: 'the migration has no task with this id; GET /migrations/{id}/tasks lists its tasks',
    };
  if (
    task.outcome !== null &&
    !(task.outcome === 'unknown' && (await isUnderWay(stores, migration.id, task.batchId)))
  ) {
    return {
      kind: 'conflict',
      code: 'tooLate',
      detail: `the task already has the outcome ${task.outcome}`,
    };
  }
  return { kind: 'save', command: { ...command, targets: [task.batchId] } };
}

/**
 * Returns the batch that a task of a request will be in, before planning has written its row;
 * undefined if the request does not name it.
 */
async function findPlanned(
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

/** Returns true while a batch runs: its job may still migrate users with the outcome `unknown`. */
async function isUnderWay(stores: Stores, migrationId: string, batchId: string): Promise<boolean> {
  return (await stores.batches.get(migrationId, batchId))?.finishedAt === null;
}

/**
 * Addresses a command to the batches that have not ended, including batches that are not planned
 * yet.
 */
export async function addressUnfinished(
  { migration: { id, batchCount }, command }: Pick<NewCommand, 'migration' | 'command'>,
  { stores }: Pick<CommandServices, 'stores'>,
): Promise<CommandToSave> {
  const batches = await stores.batches.list(id);
  const finishedIds = new Set(
    batches.filter(({ finishedAt }) => finishedAt !== null).map(({ batchId }) => batchId),
  );
  // Batches that are not planned yet have no row, but their ids are known.
  const ids = new Set([
    ...Array.from({ length: batchCount }, (_, index) => batchIdAt(index)),
    ...batches.map(({ batchId }) => batchId),
  ]);
  const targets = [...ids].filter((batchId) => !finishedIds.has(batchId));
  return { kind: 'save', command: { ...command, targets } };
}
