import {
  type CommandWithResults,
  type Command,
  type CommandLog,
  type CommandKind,
  type CommandResult,
  runKinds,
} from '../contracts/command.ts';

/** Returns whether an orchestration of its own executes the command. */
export function startsRun(kind: CommandKind): boolean {
  const kinds: readonly CommandKind[] = runKinds;
  return kinds.includes(kind);
}

/**
 * Returns every command with its state, which is `pending` until each of its batches has a result.
 */
export function commandsWithResults({ commands, results }: CommandLog): CommandWithResults[] {
  return commands.map((command) => {
    const own = results.filter(({ commandId }) => commandId === command.commandId);
    return {
      ...command,
      state: stateOf(command, own),
      results: own.map(({ batchId, verdict, detail, decidedAt }) => ({
        batchId,
        verdict,
        detail,
        decidedAt,
      })),
    };
  });
}

/**
 * Returns the commands without a result for the batch, oldest first, except those that start a run.
 */
export function pendingCommands(batchId: string, { commands, results }: CommandLog): Command[] {
  const decided = new Set(
    results.filter((result) => result.batchId === batchId).map(({ commandId }) => commandId),
  );
  return commands.filter(
    ({ commandId, kind, targets }) =>
      !startsRun(kind) && targets.includes(batchId) && !decided.has(commandId),
  );
}

/**
 * Returns the commands with the result `unconfirmed` for the batch, oldest first. They are tried
 * again.
 */
export function unconfirmedCommands(batchId: string, { commands, results }: CommandLog): Command[] {
  const unconfirmed = new Set(
    results
      .filter((result) => result.batchId === batchId && result.verdict === 'unconfirmed')
      .map(({ commandId }) => commandId),
  );
  return commands.filter(({ commandId }) => unconfirmed.has(commandId));
}

/**
 * Returns whether a cancel of the migration applies to the batch. A cancel from before
 * `runCommandId`, the command that started the current run, does not count, nor does one that the
 * batch could not execute.
 */
export function isCancelRequested(
  batchId: string,
  { commands, results }: CommandLog,
  runCommandId: string | null,
): boolean {
  return commands
    .slice(commands.findIndex(({ commandId }) => commandId === runCommandId) + 1)
    .some(
      ({ commandId, kind, targets }) =>
        kind === 'cancel' &&
        targets.includes(batchId) &&
        results.every(
          (result) =>
            result.commandId !== commandId ||
            result.batchId !== batchId ||
            isApplied(result) ||
            result.verdict === 'unconfirmed',
        ),
    );
}

/** Returns whether the migration is paused. */
export function isPaused({ commands }: CommandLog): boolean {
  return commands.findLast(({ kind }) => kind === 'pause' || kind === 'resume')?.kind === 'pause';
}

/** Compares commands for sorting, oldest first. */
export function byAcceptance(a: Command, b: Command): number {
  return `${a.acceptedAt} ${a.commandId}` < `${b.acceptedAt} ${b.commandId}` ? -1 : 1;
}

function stateOf(
  { targets }: Command,
  results: readonly CommandResult[],
): CommandWithResults['state'] {
  const [first] = results;
  if (first === undefined || results.length < targets.length) return 'pending';
  if (results.every(({ verdict }) => verdict === first.verdict)) return first.verdict;
  if (results.some(isApplied)) return 'partlyApplied';
  // The app still tries it.
  return results.some(({ verdict }) => verdict === 'unconfirmed') ? 'unconfirmed' : first.verdict;
}

function isApplied({ verdict }: Pick<CommandResult, 'verdict'>): boolean {
  return verdict === 'applied' || verdict === 'partlyApplied';
}

/** Returns the pending and the unconfirmed commands of a batch, each oldest first. */
export function openCommands(
  batchId: string,
  commandLog: CommandLog,
): { readonly pending: readonly Command[]; readonly unconfirmed: readonly Command[] } {
  return {
    pending: pendingCommands(batchId, commandLog),
    unconfirmed: unconfirmedCommands(batchId, commandLog),
  };
}
