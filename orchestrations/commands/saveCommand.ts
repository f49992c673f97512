import { createHash, randomUUID } from 'node:crypto';
import type {
  Command,
  CommandKind,
  CommandLog,
  CommandWithResults,
  Decision,
} from '../../shared/contracts/command.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import { commandsWithResults, pendingCommands, startsRun } from '../../shared/domain/commands.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import type { CommandAcceptance, CommandServices, ImmediateResult } from './commandDefinition.ts';
import { commandDefinitions } from './index.ts';

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
export async function saveCommand(
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
export async function commandWithResults(
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
export async function finishCommand(
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
export function commandIdOf(
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
