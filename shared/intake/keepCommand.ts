import type { AnsweredCommand, Command, CommandBook } from '../contracts/command.ts';
import { answeredCommands, isRound, undecidedFor } from '../domain/answeredCommands.ts';
import type { Stores } from '../storage/stores.ts';
import { answerLeft, type AtOnce } from './answerLeft.ts';

interface KeepServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  readonly ring: (instanceId: string) => Promise<void>;
}

// A batch takes no more at a time. With that many before the command it goes on without a wake-up event, each of which makes its history longer.
const mostUndecided = 20;

/**
 * Writes a command down and wakes the batches that it is for, which are all where it names none. A batch that ended between the look at it and the
 * row has not seen the command: it is answered here. Returns what was asked so far; undefined for a round, which answers by itself.
 */
export async function keepCommand(
  command: Command,
  { stores, nowMs, ring }: KeepServices,
  atOnce?: AtOnce,
): Promise<CommandBook | undefined> {
  const { migrationId, targets } = command;
  await stores.commands.add(command);
  if (isRound(command.kind)) return undefined;
  const batches = await stores.batches.list(migrationId);
  await answerLeft(command, atOnce, batches, stores, nowMs());
  const book = await stores.commands.book(migrationId);
  for (const { batchId, finishedAt, waiterId } of batches) {
    if (finishedAt !== null || waiterId === null) continue;
    const isToWake =
      targets.length === 0 ||
      (targets.includes(batchId) && undecidedFor(batchId, book).length <= mostUndecided);
    if (isToWake) await ring(waiterId);
  }
  return book;
}

/** A command that is on record, with what has become of it so far. `book`: what was asked, where it was just read. */
export async function answeredCommand(
  { migrationId, commandId }: Pick<Command, 'migrationId' | 'commandId'>,
  stores: Stores,
  book?: CommandBook,
): Promise<AnsweredCommand> {
  const { commands, ...rest } = book ?? (await stores.commands.book(migrationId));
  const [found] = answeredCommands({
    ...rest,
    commands: commands.filter((one) => one.commandId === commandId),
  });
  if (found === undefined)
    throw new Error(`the command ${commandId} was written and cannot be read back`);
  return found;
}
