import type { Command, CommandKind, CommandLog } from '../../shared/contracts/command.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import { decisionFor } from '../../shared/domain/checkpoint.ts';
import { isSharePointCommand, startsRun } from '../../shared/domain/commands.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import { contentHash } from '../../shared/storage/rows.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import { findPlanned, findTask, unfinishedBatchIds } from './commandTargets.ts';
import { decideApproval } from './decideApproval.ts';
import { addTasks, deleteJobs, retry } from './runCommands.ts';
import {
  type CommandAcceptance,
  commandIdOf,
  type CommandRequest,
  type CommandServices,
  finishCommand,
  immediateResult,
  saveAndFinish,
} from './saveCommand.ts';

/**
 * Commands that are accepted after a migration has ended. `resume` is one of them because a pause
 * would hold back a retry.
 */
const afterTheEnd: readonly CommandKind[] = ['retry', 'deleteJobs', 'resume'];

/**
 * Accepts a command for a migration. The command is stored first, then the wake-up events are
 * raised. Each target batch records its result later, in a row of its own. approve, reject, pause
 * and resume take effect with the row and have their result at once; retry, addTasks and deleteJobs
 * start a run.
 * @param key the caller's idempotency key. The same key with the same content returns the same
 * command; with other content it is a conflict.
 */
export async function acceptCommand(
  migration: Migration,
  asked: CommandRequest,
  key: string | undefined,
  services: CommandServices,
): Promise<CommandAcceptance> {
  const { stores, nowMs } = services;
  const {
    users,
    onConflict = 'refuse',
    names: ownNames,
    byId = null,
    approvalId = null,
    ...said
  } = asked;
  const names = ownNames ?? (asked.by === null ? [] : [asked.by]);
  const commandLog = await stores.commands.readLog(migration.id);
  const { commands } = commandLog;
  // Always later than the previous command, even within the same millisecond: rows are read in the
  // order of `acceptedAt`.
  const lastMs = Math.max(0, ...commands.map(({ acceptedAt }) => Date.parse(acceptedAt)));
  const now = new Date(Math.max(nowMs(), lastMs + 1)).toISOString();
  const base = {
    ...said,
    byId,
    approvalId,
    migrationId: migration.id,
    commandId: commandIdOf(migration.id, asked.kind, key, nowMs()),
    acceptedAt: now,
  };
  const repeated =
    key === undefined ? undefined : commands.find(({ commandId }) => commandId === base.commandId);
  if (repeated !== undefined) {
    if (!(await isRepetition(repeated, asked, stores)))
      return {
        kind: 'conflict',
        code: 'conflict',
        detail:
          'this Idempotency-Key was already used for a command with other content; send the command with a new key',
      };
    return repeatedResult(repeated, commandLog, services);
  }
  if (migration.kind === 'sharePoint' && !isSharePointCommand(asked.kind)) {
    return {
      kind: 'conflict',
      code: 'notForSharePoint',
      detail: `the command ${asked.kind} is not supported for SharePoint migrations; to add tasks, send a new migration request`,
    };
  }
  if (
    isFinalPhase(migration.phase) &&
    !afterTheEnd.includes(asked.kind) &&
    (await hasEnded(stores, migration.id))
  ) {
    return {
      kind: 'conflict',
      code: 'tooLate',
      detail: `the migration has already ended with the phase ${migration.phase}`,
    };
  }

  switch (asked.kind) {
    case 'approve':
    case 'reject':
      return decideApproval(
        migration,
        { ...base, targets: [] },
        { byId, names },
        commandLog,
        services,
      );
    case 'pause':
    case 'resume':
      return saveAndFinish({ ...base, targets: [] }, services, immediateResult(base, undefined));
    case 'cancelTask':
    case 'updateTask':
      return addressTask(migration, base, services);
    case 'retry':
      return retry(migration, base, services);
    case 'deleteJobs':
      return deleteJobs(migration, base, services);
    case 'addTasks':
      return addTasks(migration, base, { users, onConflict }, commandLog, services);
    case 'revalidate': {
      const targets = (await stores.batches.list(migration.id))
        .filter(({ phase }) => phase === 'held')
        .map(({ batchId }) => batchId);
      if (targets.length === 0)
        return {
          kind: 'conflict',
          code: 'nothingHeld',
          detail: 'no batch is held because of users who failed validation',
        };
      return saveAndFinish({ ...base, targets }, services);
    }
    case 'reschedule':
      if (asked.completeAfterDateTime !== null) {
        await stores.migrations.update(migration.id, {
          completeAfterDateTime: asked.completeAfterDateTime,
          updatedAt: now,
        });
      }
      return saveAndFinish(
        { ...base, targets: await unfinishedBatchIds(stores, migration) },
        services,
      );
    case 'cancel':
      return saveAndFinish(
        { ...base, targets: await unfinishedBatchIds(stores, migration) },
        services,
      );
  }
}

/** Returns true if a request has the same content as a stored command. */
export async function isRepetition(
  { migrationId, commandId, ...stored }: Command,
  asked: CommandRequest,
  stores: Stores,
): Promise<boolean> {
  // The display name of a signed-in caller may have changed since.
  const of = ({
    kind,
    by,
    byId = null,
    reason,
    completeAfterDateTime,
    taskId,
    continueWithout,
    update,
  }: Omit<CommandRequest, 'users' | 'onConflict' | 'approvalId'>): string =>
    contentHash(kind, byId ?? by, reason, completeAfterDateTime, taskId, continueWithout, update);
  if (of(stored) !== of(asked)) return false;
  // The row holds the decided approval request even if the caller did not name it.
  if (
    asked.approvalId !== undefined &&
    asked.approvalId !== null &&
    asked.approvalId !== stored.approvalId
  )
    return false;
  return (
    stored.kind !== 'addTasks' ||
    contentHash(await stores.requests.loadAdded(migrationId, commandId)) ===
      contentHash(asked.users)
  );
}

/**
 * Returns true if every batch has ended. A retry reopens a batch shortly before the phase of the
 * migration changes.
 */
async function hasEnded(stores: Stores, migrationId: string): Promise<boolean> {
  return (await stores.batches.list(migrationId)).every(({ finishedAt }) => finishedAt !== null);
}

/**
 * Returns the stored command after a repeated request, and completes the steps that a crash may
 * have prevented.
 */
async function repeatedResult(
  command: Command,
  commandLog: CommandLog,
  services: CommandServices,
): Promise<CommandAcceptance> {
  if (startsRun(command.kind)) return finishCommand(command, services);
  return saveAndFinish(
    command,
    services,
    immediateResult(command, decisionFor(command, commandLog)),
  );
}

async function addressTask(
  migration: Migration,
  base: Omit<Command, 'targets'>,
  services: CommandServices,
): Promise<CommandAcceptance> {
  if (base.kind === 'updateTask' && !services.userTaskWrites) {
    return {
      kind: 'conflict',
      code: 'userTaskWritesOff',
      detail:
        'writes to user tasks are switched off; set USER_TASK_WRITES to true if the API of the tenant supports them',
    };
  }
  const task =
    (await findTask(services.stores, migration.id, base.taskId ?? '')) ??
    (await findPlanned(services.stores, migration, base.taskId ?? ''));
  if (task === undefined)
    return {
      kind: 'notFound',
      detail: 'the migration has no task with this id; GET /migrations/{id}/tasks lists its tasks',
    };
  if (
    task.outcome !== null &&
    !(task.outcome === 'unknown' && (await isUnderWay(services.stores, migration.id, task.batchId)))
  ) {
    return {
      kind: 'conflict',
      code: 'tooLate',
      detail: `the task already has the outcome ${task.outcome}`,
    };
  }
  return saveAndFinish({ ...base, targets: [task.batchId] }, services);
}

/** Returns true while a batch runs: its job may still migrate users with the outcome `unknown`. */
async function isUnderWay(stores: Stores, migrationId: string, batchId: string): Promise<boolean> {
  return (await stores.batches.get(migrationId, batchId))?.finishedAt === null;
}
