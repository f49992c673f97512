import type { Command, CommandResult } from '../../shared/contracts/command.ts';
import { batchIdAt, splitIntoBatches } from '../../shared/contracts/ids.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { RequestedUser } from '../../shared/contracts/request.ts';
import { type ActivityServices, insertReserved, storedBatch } from '../activityServices.ts';
import { taskTotals } from '../batchStatus.ts';
import { movedAgain, newBatch, newTask } from '../migration/plan.ts';
import { addToRunningJob } from './runningJob.ts';

/**
 * Adds the users of a command: to a running job if the tenant's API supports that and the
 * configuration allows it, otherwise to new batches. The detail of the result says where they are.
 * Users that another command added at the same time are skipped. Users that are in, or were moved
 * by, another migration are recorded as invalid. May run again.
 */
export async function addTasks(
  migration: Migration,
  { commandId, acceptedAt }: Pick<Command, 'commandId' | 'acceptedAt'>,
  services: ActivityServices,
): Promise<Pick<CommandResult, 'verdict' | 'detail'>> {
  const { stores } = services;
  const requested = await stores.requests.loadAdded(migration.id, commandId);
  const own = await stores.commands.claimUsers(
    migration.id,
    commandId,
    requested.map(({ targetUserId }) => targetUserId),
  );
  const users = requested.filter(({ targetUserId }) => own.has(targetUserId));
  const all = await stores.batches.list(migration.id);
  const isOfCommand = ({ runCommandId, run }: Batch): boolean =>
    runCommandId === commandId && run === 1;
  const batches = all.filter(isOfCommand);
  const before = await usersInBatches(
    users,
    all.filter((batch) => !isOfCommand(batch)),
    services,
  );
  // Once the command has a batch, its remaining users go into batches too. If an approval is
  // required, no user is added to a job that may be approved already.
  if (services.userTaskWrites && migration.approvalHours === null && batches.length === 0)
    await addToRunningJob(migration, users, before, acceptedAt, services);
  // Read again, because another run of this activity may have added users to a job since.
  const hosted = services.userTaskWrites
    ? await usersInBatches(
        users,
        (await stores.batches.list(migration.id)).filter((batch) => !isOfCommand(batch)),
        services,
      )
    : before;
  const remaining = users.filter(({ targetUserId }) => !hosted.has(targetUserId));
  const updatedAt = new Date(services.nowMs()).toISOString();
  const batchIds: string[] = [];
  let reserved = 0;
  for (const [index, { users: members }] of splitIntoBatches(
    remaining,
    migration.batchSize,
  ).entries()) {
    const batchId =
      batches[index]?.batchId ??
      (await insertBatch(migration, commandId, members.length, updatedAt, services));
    reserved += await insertMembers(migration, batchId, members, updatedAt, services);
    batchIds.push(batchId);
  }
  const inJob = users.length - remaining.length;
  const parts = [
    ...(inJob > 0 ? [`${String(inJob)} added to a running job`] : []),
    ...(reserved > 0 ? [`${String(reserved)} added to ${batchIds.join(', ')}`] : []),
    ...(reserved < remaining.length
      ? [`${String(remaining.length - reserved)} already in another migration or moved by one`]
      : []),
    ...(users.length < requested.length
      ? [`${String(requested.length - users.length)} already added by another command`]
      : []),
  ];
  return { verdict: users.length === 0 ? 'tooLate' : 'applied', detail: parts.join(', ') };
}

/** Stores the tasks of a new batch. Returns the number of users that could be reserved. */
async function insertMembers(
  { id: migrationId, validateOnly }: Migration,
  batchId: string,
  members: readonly RequestedUser[],
  updatedAt: string,
  services: ActivityServices,
): Promise<number> {
  const { stores } = services;
  const tasks = members.map((user) => newTask({ migrationId, batchId, updatedAt }, user));
  const again = new Set(movedAgain(members));
  const rows = await insertReserved(
    { migrationId, batchId, run: 1 },
    tasks,
    { validateOnly, moveAgain: (taskId) => again.has(taskId) },
    services,
  );
  const invalid = rows.filter(({ outcome }) => outcome === 'invalid').length;
  // The orchestration of the batch has not begun, so nothing else writes its counts.
  if (invalid > 0) await stores.batches.update(migrationId, batchId, taskTotals(rows));
  return members.length - invalid;
}

/**
 * Returns the users of the command that an earlier try has added to batches of other commands or of
 * the request.
 */
async function usersInBatches(
  users: readonly RequestedUser[],
  others: readonly Batch[],
  { stores, userTaskWrites }: ActivityServices,
): Promise<ReadonlySet<string>> {
  if (!userTaskWrites) return new Set();
  const wanted = new Set(users.map(({ targetUserId }) => targetUserId));
  const hosted = new Set<string>();
  for (const { migrationId, batchId } of others) {
    for (const { taskId } of await stores.tasks.listBatch(migrationId, batchId))
      if (wanted.has(taskId)) hosted.add(taskId);
  }
  return hosted;
}

/**
 * Inserts a batch with the next free number. Commands that are planned at the same time get
 * different numbers.
 */
async function insertBatch(
  { id: migrationId, batchCount }: Migration,
  runCommandId: string,
  taskCount: number,
  updatedAt: string,
  { stores }: ActivityServices,
): Promise<string> {
  const numbers = (await stores.batches.list(migrationId)).map(({ batchId }) =>
    Number(batchId.slice(1)),
  );
  for (let index = Math.max(batchCount, ...numbers); ; index += 1) {
    const batchId = batchIdAt(index);
    await stores.batches.insertMissing([
      newBatch({ migrationId, batchId, taskCount, runCommandId, updatedAt }),
    ]);
    if ((await storedBatch(stores, migrationId, batchId)).runCommandId === runCommandId)
      return batchId;
  }
}
