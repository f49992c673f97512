import { createHash, randomUUID } from 'node:crypto';
import type {
  Command,
  CommandKind,
  CommandLog,
  CommandWithResults,
  Decision,
} from '../../shared/contracts/command.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import {
  commandsWithResults,
  decisionFor,
  pendingCommands,
  startsRun,
} from '../../shared/domain/commands.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import { contentHash } from '../../shared/storage/rows.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import type {
  CommandAcceptance,
  CommandRequest,
  CommandServices,
  ImmediateResult,
} from './commandDefinition.ts';
import { commandDefinitions } from './index.ts';

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

/**
 * Records the results that no batch will record: the immediate one, if the command takes effect
 * with its row, and `tooLate` for each batch that ended before it could read the command. Can be
 * repeated: an existing result stays as it is.
 * @param decision the decision on the approval request that the command names
 */
export async function recordMissingResults(
  command: Command,
  decision: Decision | undefined,
  batches: readonly Batch[],
  stores: Stores,
  nowMs: number,
): Promise<void> {
  const { migrationId, commandId, targets } = command;
  const immediate = commandDefinitions[command.kind].immediateResult?.(command, decision);
  const record = async (batchId: string | null, result: ImmediateResult): Promise<void> => {
    await stores.commands.recordResult({
      migrationId,
      commandId,
      batchId,
      ...result,
      decidedAt: new Date(nowMs).toISOString(),
    });
  };
  if (immediate !== undefined) await record(null, immediate);
  else if (targets.length === 0)
    await record(null, { verdict: 'tooLate', detail: 'every batch had already ended' });
  for (const { batchId, finishedAt } of batches) {
    if (finishedAt !== null && targets.includes(batchId))
      await record(batchId, { verdict: 'tooLate', detail: 'the batch had already ended' });
  }
}

// A batch handles this many commands at a time. If as many are pending before this one, no wake-up
// event is needed, and each event would make the history longer.
const maxUndecided = 20;

/**
 * Stores a command and raises the wake-up event of its target batches, or of every batch if its
 * kind may let it continue. A batch that ended before the row was written has not read the command:
 * its result is recorded here. Returns the command log; undefined for a command that starts a run,
 * which records its own results.
 */
async function saveCommand(
  command: Command,
  { stores, nowMs, wakeUp }: Pick<CommandServices, 'stores' | 'nowMs' | 'wakeUp'>,
  decision?: Decision,
): Promise<CommandLog | undefined> {
  const { migrationId, targets } = command;
  await stores.commands.add(command);
  if (startsRun(command.kind)) return undefined;
  const batches = await stores.batches.list(migrationId);
  await recordMissingResults(command, decision, batches, stores, nowMs());
  const commandLog = await stores.commands.readLog(migrationId);
  for (const { batchId, finishedAt, waiterId } of batches) {
    if (finishedAt !== null || waiterId === null) continue;
    const isToWake =
      commandDefinitions[command.kind].wakesEveryBatch === true ||
      (targets.includes(batchId) && pendingCommands(batchId, commandLog).length <= maxUndecided);
    if (isToWake) await wakeUp(waiterId);
  }
  return commandLog;
}

/**
 * Returns a stored command with its results so far.
 * @param commandLog the command log, if it was just read
 */
async function commandWithResults(
  { migrationId, commandId }: Pick<Command, 'migrationId' | 'commandId'>,
  stores: Stores,
  commandLog?: CommandLog,
): Promise<CommandWithResults> {
  const { commands, ...rest } = commandLog ?? (await stores.commands.readLog(migrationId));
  const [found] = commandsWithResults({
    ...rest,
    commands: commands.filter((one) => one.commandId === commandId),
  });
  if (found === undefined)
    throw new Error(`the command ${commandId} was written but cannot be read back`);
  return found;
}

/**
 * Starts the run of a stored command if it is pending, and returns the command with its results.
 * Can be repeated.
 */
async function finishCommand(
  command: Command,
  services: CommandServices,
  commandLog?: CommandLog,
): Promise<CommandAcceptance> {
  const withResults = await commandWithResults(command, services.stores, commandLog);
  // A command that has its results has already run, and Durable would start it again.
  if (startsRun(command.kind) && withResults.state === 'pending')
    await services.startRun(command.migrationId, command.commandId);
  return { kind: 'accepted', command: withResults };
}

// Orders the ids of commands that arrive within one millisecond.
let issued = 0;

/**
 * Returns the id of a command. With an idempotency key the id is derived from the key, so the same
 * key always names the same command.
 */
function commandIdOf(
  migrationId: string,
  kind: CommandKind,
  key: string | undefined,
  nowMs: number,
): string {
  if (key === undefined) {
    issued = (issued + 1) % 0x10000;
    return `${String(nowMs).padStart(13, '0')}-${issued.toString(16).padStart(4, '0')}${randomUUID().slice(0, 8)}`;
  }
  const hash = createHash('sha256').update(`${migrationId} ${kind} ${key}`).digest('hex');
  return `${String(Number.parseInt(hash.slice(0, 10), 16)).padStart(13, '0')}-${hash.slice(10, 22)}`;
}
