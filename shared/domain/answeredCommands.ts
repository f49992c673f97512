import type { AnsweredCommand, Command, CommandBook, CommandResult } from '../contracts/command.ts';

/** Every command with its state: pending until each of its batches has answered. */
export function answeredCommands({ commands, results }: CommandBook): AnsweredCommand[] {
  return commands.map((command) => {
    const own = results.filter(({ commandId }) => commandId === command.commandId);
    return {
      ...command,
      state: stateOf(command, own),
      results: own.map(({ batchId, verdict, detail, decidedAt }) => ({ batchId, verdict, detail, decidedAt })),
    };
  });
}

/** The commands that a batch has still to answer, oldest first. */
export function undecidedFor(batchId: string, { commands, results }: CommandBook): Command[] {
  return commands.filter(
    ({ commandId, targets }) => targets.includes(batchId) && !results.some((result) => result.commandId === commandId && result.batchId === batchId),
  );
}

/** True when somebody has asked to cancel the migration and this batch has not turned it down. */
export function isCancelAsked(batchId: string, { commands, results }: CommandBook): boolean {
  return commands.some(
    ({ commandId, kind, targets }) =>
      kind === 'cancel' &&
      targets.includes(batchId) &&
      results.every((result) => result.commandId !== commandId || result.batchId !== batchId || result.verdict === 'applied'),
  );
}

/** True when the last of pause and resume is a pause. */
export function isPaused({ commands }: CommandBook): boolean {
  return commands.findLast(({ kind }) => kind === 'pause' || kind === 'resume')?.kind === 'pause';
}

/** Oldest first. */
export function byAcceptance(a: Command, b: Command): number {
  return `${a.acceptedAt} ${a.commandId}` < `${b.acceptedAt} ${b.commandId}` ? -1 : 1;
}

function stateOf({ targets }: Command, results: readonly CommandResult[]): AnsweredCommand['state'] {
  const [first] = results;
  if (first === undefined || results.length < targets.length) return 'pending';
  if (results.every(({ verdict }) => verdict === first.verdict)) return first.verdict;
  return results.some(({ verdict }) => verdict === 'applied') ? 'partlyApplied' : first.verdict;
}
