import { createHash, randomUUID } from 'node:crypto';
import type {
  CommandWithResults,
  Command,
  CommandLog,
  CommandKind,
  CommandResult,
  Decision,
} from '../contracts/command.ts';
import type { Batch } from '../contracts/migration.ts';
import { commandsWithResults, startsRun, pendingCommands } from '../domain/commands.ts';
import type { Stores } from '../storage/stores.ts';

/** What a command is answered with at once. */
export type AtOnce = Pick<CommandResult, 'verdict' | 'detail'>;

/**
 * Gives a command the answers that nobody else will give: `atOnce`, where it takes effect as a row, and that of every batch that
 * had ended before it could see the command. What a batch will still answer is left to it. May run again: an answer that is there stays.
 */
export async function recordMissingResults(
  command: Command,
  atOnce: AtOnce | undefined,
  batches: readonly Batch[],
  stores: Stores,
  nowMs: number,
): Promise<void> {
  const { migrationId, commandId, targets } = command;
  const answer = async (batchId: string | null, result: AtOnce): Promise<void> => {
    await stores.commands.recordResult({
      migrationId,
      commandId,
      batchId,
      ...result,
      decidedAt: new Date(nowMs).toISOString(),
    });
  };
  if (atOnce !== undefined) await answer(null, atOnce);
  else if (targets.length === 0)
    await answer(null, { verdict: 'tooLate', detail: 'every batch had ended' });
  for (const { batchId, finishedAt } of batches) {
    if (finishedAt !== null && targets.includes(batchId))
      await answer(batchId, { verdict: 'tooLate', detail: 'the batch had ended' });
  }
}

interface SaveServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  readonly wakeUp: (instanceId: string) => Promise<void>;
}

// A batch takes no more at a time. With that many before the command it goes on without a wake-up event, each of which makes its history longer.
const mostUndecided = 20;

/**
 * Writes a command down and wakes the batches that it is for, which are all where it names none. A batch that ended between the look at it and the
 * row has not seen the command: it is answered here. Returns what was asked so far; undefined for a round, which answers by itself.
 */
export async function saveCommand(
  command: Command,
  { stores, nowMs, wakeUp }: SaveServices,
  atOnce?: AtOnce,
): Promise<CommandLog | undefined> {
  const { migrationId, targets } = command;
  await stores.commands.add(command);
  if (startsRun(command.kind)) return undefined;
  const batches = await stores.batches.list(migrationId);
  await recordMissingResults(command, atOnce, batches, stores, nowMs());
  const commandLog = await stores.commands.readLog(migrationId);
  for (const { batchId, finishedAt, waiterId } of batches) {
    if (finishedAt !== null || waiterId === null) continue;
    const isToWake =
      targets.length === 0 ||
      (targets.includes(batchId) && pendingCommands(batchId, commandLog).length <= mostUndecided);
    if (isToWake) await wakeUp(waiterId);
  }
  return commandLog;
}

/** A command that is on record, with what has become of it so far. `commandLog`: what was asked, where it was just read. */
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
    throw new Error(`the command ${commandId} was written and cannot be read back`);
  return found;
}

/** What a command that takes effect as a row is answered with; undefined for one that batches answer. */
export function immediateResult(
  { kind, by, byId }: Pick<Command, 'kind' | 'by' | 'byId'>,
  decision: Decision | undefined,
): AtOnce | undefined {
  if (kind === 'pause') return { verdict: 'applied', detail: 'nothing new is submitted' };
  if (kind === 'resume') return { verdict: 'applied', detail: 'work goes on' };
  if ((kind !== 'approve' && kind !== 'reject') || decision === undefined) return undefined;
  const verdict = kind === 'approve' ? 'approved' : 'rejected';
  if (
    decision.verdict === verdict &&
    decision.byId === byId &&
    (byId !== null || decision.by === by)
  )
    return { verdict: 'applied', detail: verdict };
  return {
    verdict: 'tooLate',
    detail: `it had been ${decision.verdict === 'timedOut' ? 'left without an answer in time' : decision.verdict}`,
  };
}

// Commands of one millisecond keep their order.
let issued = 0;

/** The id of a command: derived from the caller's key where there is one, so that the same key is the same command. */
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

/**
 * Notes on the row of a batch whose job Graph does not show that a retry is wanted: the orchestration of the batch takes the job over when it shows
 * again, and replaces it when it is gone. False when the batch has ended, or has no user with the outcome `unknown`. May be called again.
 */
export function requestEarlyPoll(
  stores: Stores,
  migrationId: string,
  batchId: string,
  commandId: string,
): Promise<boolean> {
  return stores.batches.change(migrationId, batchId, ({ finishedAt, counts }) =>
    finishedAt === null && counts.unknown > 0 ? { retryCommandId: commandId } : undefined,
  );
}
