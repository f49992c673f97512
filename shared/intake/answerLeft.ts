import type { Command, CommandResult } from '../contracts/command.ts';
import type { Batch } from '../contracts/migration.ts';
import type { Stores } from '../storage/stores.ts';

/** What a command is answered with at once. */
export type AtOnce = Pick<CommandResult, 'verdict' | 'detail'>;

/**
 * Gives a command the answers that nobody else will give: `atOnce`, where it takes effect as a row, and that of every batch that
 * had ended before it could see the command. What a batch will still answer is left to it. May run again: an answer that is there stays.
 */
export async function answerLeft(
  command: Command,
  atOnce: AtOnce | undefined,
  batches: readonly Batch[],
  stores: Stores,
  nowMs: number,
): Promise<void> {
  const { migrationId, commandId, targets } = command;
  const answer = async (batchId: string | null, result: AtOnce): Promise<void> => {
    await stores.commands.answer({
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
