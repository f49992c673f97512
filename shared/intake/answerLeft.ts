import type { Command, CommandBook } from '../contracts/command.ts';
import type { Stores } from '../storage/stores.ts';
import { immediateAnswer } from './immediateAnswer.ts';
import type { AtOnce } from './keepCommand.ts';

/**
 * Answers what a crash has left without an answer: commands that take effect as a row, and those whose batches had ended
 * before they could see them. What a batch will still answer is left to it.
 */
export async function answerLeft(command: Command, { decision, results }: CommandBook, stores: Stores, nowMs: number): Promise<void> {
  const { migrationId, commandId, targets } = command;
  const answer = async (batchId: string | null, result: AtOnce): Promise<void> => {
    await stores.commands.answer({ migrationId, commandId, batchId, ...result, decidedAt: new Date(nowMs).toISOString() });
  };
  const atOnce = immediateAnswer(command, decision);
  if (atOnce !== undefined) return answer(null, atOnce);
  if (targets.length === 0) return answer(null, { verdict: 'tooLate', detail: 'every batch had ended' });
  for (const { batchId, finishedAt } of await stores.batches.list(migrationId)) {
    const isOpen = targets.includes(batchId) && !results.some((result) => result.commandId === commandId && result.batchId === batchId);
    if (isOpen && finishedAt !== null) await answer(batchId, { verdict: 'tooLate', detail: 'the batch had ended' });
  }
}
