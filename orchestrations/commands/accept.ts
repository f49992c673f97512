import type { Command } from '../../shared/contracts/command.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import { decisionFor } from '../../shared/domain/checkpoint.ts';
import { startsRun } from '../../shared/domain/commands.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import { contentHash } from '../../shared/storage/rows.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import type { CommandAcceptance, CommandRequest, CommandServices } from './commandDefinition.ts';
import { commandDefinitions } from './index.ts';
import { commandIdOf, finishCommand, saveCommand } from './saveCommand.ts';

/**
 * Accepts a command for a migration. The command is stored first, then the wake-up events are
 * raised. Each target batch records its result later, in a row of its own. A command that addresses
 * no batch takes effect with its row and has its result at once, or starts a run.
 * @param key the caller's idempotency key. The same key with the same content returns the same
 * command; with other content it is a conflict.
 */
export async function acceptCommand(
  migration: Migration,
  request: CommandRequest,
  key: string | undefined,
  services: CommandServices,
): Promise<CommandAcceptance> {
  const { stores, nowMs } = services;
  const { kind, by, byId = null, approvalId = null } = request;
  const { reason, completeAfterDateTime, taskId, continueWithout, update } = request;
  const definition = commandDefinitions[kind];
  const commandLog = await stores.commands.readLog(migration.id);
  const { commands } = commandLog;
  // Always later than the previous command, even within the same millisecond: rows are read in the
  // order of `acceptedAt`.
  const lastMs = Math.max(0, ...commands.map(({ acceptedAt }) => Date.parse(acceptedAt)));
  const command = {
    migrationId: migration.id,
    commandId: commandIdOf(migration.id, kind, key, nowMs()),
    acceptedAt: new Date(Math.max(nowMs(), lastMs + 1)).toISOString(),
    ...{ kind, by, byId, approvalId, reason },
    ...{ completeAfterDateTime, taskId, continueWithout, update },
  };
  const repeated =
    key === undefined
      ? undefined
      : commands.find(({ commandId }) => commandId === command.commandId);
  if (repeated !== undefined) {
    if (!(await isRepetition(repeated, request, stores)))
      return {
        kind: 'conflict',
        code: 'conflict',
        detail:
          'this Idempotency-Key was already used for a command with other content; send the command with a new key',
      };
    // Completes the steps that a crash may have prevented.
    const log = startsRun(kind)
      ? undefined
      : await saveCommand(repeated, services, decisionFor(repeated, commandLog));
    return finishCommand(repeated, services, log);
  }
  if (!definition.appliesTo.includes(migration.kind)) {
    return {
      kind: 'conflict',
      code: 'notForSharePoint',
      detail: `the command ${kind} is not supported for SharePoint migrations; to add tasks, send a new migration request`,
    };
  }
  if (
    isFinalPhase(migration.phase) &&
    definition.isAcceptedAfterEnd !== true &&
    (await hasEnded(stores, migration.id))
  ) {
    return {
      kind: 'conflict',
      code: 'tooLate',
      detail: `the migration has already ended with the phase ${migration.phase}`,
    };
  }

  const accepted = (await definition.accept?.(
    { migration, command, request, commandLog },
    services,
  )) ?? { kind: 'save', command: { ...command, targets: [] } };
  if (accepted.kind !== 'save') return accepted;
  const { first } = accepted;
  if (first !== undefined) {
    const commandId = commandIdOf(migration.id, first, `before ${command.commandId}`, nowMs());
    await saveCommand({ ...command, kind: first, commandId, targets: [] }, services);
  }
  const log = await saveCommand(accepted.command, services, accepted.decision);
  await definition.afterSave?.(accepted.command, services);
  return finishCommand(accepted.command, services, log);
}

/** Returns true if a request has the same content as a stored command. */
async function isRepetition(
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
    commandDefinitions[stored.kind].run !== 'addsBatches' ||
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
