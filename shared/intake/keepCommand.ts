import type { AnsweredCommand, Command } from '../contracts/command.ts';
import { answeredCommands, isRound } from '../domain/answeredCommands.ts';
import type { Stores } from '../storage/stores.ts';
import { answerLeft, type AtOnce } from './answerLeft.ts';

interface KeepServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  readonly ring: (instanceId: string) => Promise<void>;
}

/**
 * Writes a command down and wakes the batches that wait. A batch that ended between the look at it and the row has not seen
 * the command: it is answered here.
 */
export async function keepCommand(command: Command, { stores, nowMs, ring }: KeepServices, atOnce?: AtOnce): Promise<void> {
  await stores.commands.add(command);
  // A round answers by itself.
  if (isRound(command.kind)) return;
  const batches = await stores.batches.list(command.migrationId);
  await answerLeft(command, atOnce, batches, stores, nowMs());
  for (const { finishedAt, waiterId } of batches) if (finishedAt === null && waiterId !== null) await ring(waiterId);
}

/** A command that is on record, with what has become of it so far. */
export async function answeredCommand({ migrationId, commandId }: Pick<Command, 'migrationId' | 'commandId'>, stores: Stores): Promise<AnsweredCommand> {
  const found = answeredCommands(await stores.commands.book(migrationId)).find((one) => one.commandId === commandId);
  if (found === undefined) throw new Error(`the command ${commandId} was written and cannot be read back`);
  return found;
}
