import type { Command, CommandKind, CommandLog } from '../contracts/command.ts';
import type { Migration } from '../contracts/migration.ts';
import { decisionFor } from '../domain/checkpoint.ts';
import { isSharePointCommand, startsRun } from '../domain/commands.ts';
import { isFinalPhase } from '../domain/outcomes.ts';
import { contentHash } from '../storage/encoding.ts';
import type { Stores } from '../storage/stores.ts';
import { findPlanned, findTask, unfinishedBatchIds } from './commandTargets.ts';
import { decideApproval } from './decideApproval.ts';
import {
  type CommandAcceptance,
  commandIdOf,
  type CommandRequest,
  type CommandServices,
  finishCommand,
  immediateResult,
  saveAndFinish,
} from './saveCommand.ts';
import { addTasks, deleteJobs, retry } from './runCommands.ts';

/** What can be asked of a migration that has ended; `resume`, because a retry would wait for it. */
const afterTheEnd: readonly CommandKind[] = ['retry', 'deleteJobs', 'resume'];

/**
 * Takes a command: a row first, then the bell. What became of it is told by the batches that it addresses, each by a row of
 * its own; approve, reject, pause and resume take effect as rows and are answered at once; retry and addTasks start a round.
 * @param key the caller's idempotency key: the same key and command again is the same command, another one a conflict
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
  // After the last one, also within a millisecond: the order of rows is the order in which people were told yes.
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
        detail: 'this Idempotency-Key stands for another command already; choose another one',
      };
    return repeatedResult(repeated, commandLog, services);
  }
  if (migration.kind === 'sharePoint' && !isSharePointCommand(asked.kind)) {
    return {
      kind: 'conflict',
      code: 'notForSharePoint',
      detail: `${asked.kind} has no meaning for the tasks of a SharePoint migration; send what is to be added in a request of its own`,
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
      detail: `the migration has ended as ${migration.phase}`,
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
          detail: 'no batch of the migration waits with users who failed validation',
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

/** Whether what is asked is what a command on record has asked for. */
export async function isRepetition(
  { migrationId, commandId, ...stored }: Command,
  asked: CommandRequest,
  stores: Stores,
): Promise<boolean> {
  // What a signed-in asker is called may have changed since.
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
  // The row has the request that was decided on also where the asker has not named it.
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

/** A retry opens a batch a moment before the migration shows it: as long as a batch runs, something can be asked of it. */
async function hasEnded(stores: Stores, migrationId: string): Promise<boolean> {
  return (await stores.batches.list(migrationId)).every(({ finishedAt }) => finishedAt !== null);
}

/** A command that is on record already: what a crash has left undone of it is done now. */
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
        'writes to user tasks are switched off: set USER_TASK_WRITES where the API of the tenant offers them',
    };
  }
  const task =
    (await findTask(services.stores, migration.id, base.taskId ?? '')) ??
    (await findPlanned(services.stores, migration, base.taskId ?? ''));
  if (task === undefined) return { kind: 'notFound', detail: 'the migration has no such user' };
  if (
    task.outcome !== null &&
    !(task.outcome === 'unknown' && (await isUnderWay(services.stores, migration.id, task.batchId)))
  ) {
    return {
      kind: 'conflict',
      code: 'tooLate',
      detail: `the user has the outcome ${task.outcome}`,
    };
  }
  return saveAndFinish({ ...base, targets: [task.batchId] }, services);
}

/** What became of the user is not known yet, and the job may still move them. */
async function isUnderWay(stores: Stores, migrationId: string, batchId: string): Promise<boolean> {
  return (await stores.batches.get(migrationId, batchId))?.finishedAt === null;
}
