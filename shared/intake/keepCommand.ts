import type { AnsweredCommand, Command, CommandResult } from '../contracts/command.ts';
import { answeredCommands, isRound } from '../domain/answeredCommands.ts';
import type { Stores } from '../storage/stores.ts';

interface KeepServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  readonly ring: (instanceId: string) => Promise<void>;
}

/** What a command is answered with at once. */
export type AtOnce = Pick<CommandResult, 'verdict' | 'detail'>;

/**
 * Writes a command down and wakes the batches that wait. A batch that ended between the look at it and the row has not seen
 * the command: it is answered here.
 */
export async function keepCommand(command: Command, { stores, nowMs, ring }: KeepServices, atOnce?: AtOnce): Promise<void> {
  const { migrationId, commandId, targets, kind } = command;
  await stores.commands.add(command);
  const answer = async (batchId: string | null, result: AtOnce): Promise<void> => {
    await stores.commands.answer({ migrationId, commandId, batchId, ...result, decidedAt: new Date(nowMs()).toISOString() });
  };
  if (atOnce !== undefined) await answer(null, atOnce);
  // A round answers by itself.
  if (isRound(kind)) return;
  for (const { batchId, finishedAt, waiterId } of await stores.batches.list(migrationId)) {
    if (finishedAt !== null && targets.includes(batchId)) await answer(batchId, { verdict: 'tooLate', detail: 'the batch had ended' });
    if (finishedAt === null && waiterId !== null) await ring(waiterId);
  }
  if (targets.length === 0 && atOnce === undefined) await answer(null, { verdict: 'tooLate', detail: 'every batch had ended' });
}

/** A command that is on record, with what has become of it so far. */
export async function answeredCommand({ migrationId, commandId }: Pick<Command, 'migrationId' | 'commandId'>, stores: Stores): Promise<AnsweredCommand> {
  const found = answeredCommands(await stores.commands.book(migrationId)).find((one) => one.commandId === commandId);
  if (found === undefined) throw new Error(`the command ${commandId} was written and cannot be read back`);
  return found;
}
