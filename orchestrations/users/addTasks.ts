import type { Command, CommandResult } from '../../shared/contracts/command.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { RequestedUser } from '../../shared/contracts/request.ts';
import { batchIdAt, splitIntoBatches } from '../../shared/domain/batches.ts';
import { type ActivityServices, storedBatch } from '../activityServices.ts';
import { taskTotals } from '../batchStatus.ts';
import { movedAgain, newBatch, newTask } from '../migration/plan.ts';
import { insertReserved } from '../reservations.ts';
import { putIntoRunningJob } from './runningJob.ts';

/**
 * Gives the users of a command their tasks: in a running job where the tenant's API offers that and configuration says so,
 * else in further batches of this round. Says where they are. May run again: a user who has a task keeps it. A user whom another
 * command has added at the same moment is left to that one; one whom another migration has, or has moved, is recorded as invalid.
 */
export async function addTasks(
  migration: Migration,
  { commandId, acceptedAt }: Pick<Command, 'commandId' | 'acceptedAt'>,
  services: ActivityServices,
): Promise<Pick<CommandResult, 'verdict' | 'detail'>> {
  const { stores } = services;
  const asked = await stores.requests.loadAdded(migration.id, commandId);
  const own = await stores.commands.claimUsers(
    migration.id,
    commandId,
    asked.map(({ targetUserId }) => targetUserId),
  );
  const users = asked.filter(({ targetUserId }) => own.has(targetUserId));
  const all = await stores.batches.list(migration.id);
  const isOfCommand = ({ runCommandId, run }: Batch): boolean =>
    runCommandId === commandId && run === 1;
  const batches = all.filter(isOfCommand);
  const before = await hostedBefore(
    users,
    all.filter((batch) => !isOfCommand(batch)),
    services,
  );
  // Once a further batch stands, its members are settled: the rest of this round goes the same way.
  // Where an approval is needed nobody gets into a job that may have it already.
  if (services.userTaskWrites && migration.approvalHours === null && batches.length === 0)
    await putIntoRunningJob(
      migration,
      users.filter(({ targetUserId }) => !before.has(targetUserId)),
      acceptedAt,
      services,
    );
  // The rows say it, also of those whom another run of this activity has put into a job since: this instance may have stood still.
  const hosted = services.userTaskWrites
    ? await hostedBefore(
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
    ...(inJob > 0 ? [`${String(inJob)} in a running job`] : []),
    ...(reserved > 0 ? [`${String(reserved)} in ${batchIds.join(', ')}`] : []),
    ...(reserved < remaining.length
      ? [`${String(remaining.length - reserved)} in or moved by another migration`]
      : []),
    ...(users.length < asked.length
      ? [`${String(asked.length - users.length)} had been added by another command`]
      : []),
  ];
  return { verdict: users.length === 0 ? 'tooLate' : 'applied', detail: parts.join(', ') };
}

/** Writes the rows of a further batch; returns how many of its users the migration has. */
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
  // Its orchestration begins only after this.
  if (invalid > 0) await stores.batches.update(migrationId, batchId, taskTotals(rows));
  return members.length - invalid;
}

/** Users of this command whom an earlier try has put into somebody else's batch. */
async function hostedBefore(
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

/** Inserts a batch under the next free number; two rounds that plan at the same time get different ones. */
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
