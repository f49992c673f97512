import type {
  CommandWithResults,
  Command,
  CommandLog,
  CommandKind,
  CommandResult,
} from '../contracts/command.ts';

/** True for the commands that an orchestration of their own carries out. */
export function startsRun(kind: CommandKind): boolean {
  return kind === 'retry' || kind === 'addTasks' || kind === 'deleteJobs';
}

/** Every command with its state: pending until each of its batches has answered. */
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

/** The commands that a batch has still to answer, oldest first; a round is answered by its own orchestration. */
export function undecidedFor(batchId: string, { commands, results }: CommandLog): Command[] {
  const answered = new Set(
    results.filter((result) => result.batchId === batchId).map(({ commandId }) => commandId),
  );
  return commands.filter(
    ({ commandId, kind, targets }) =>
      !startsRun(kind) && targets.includes(batchId) && !answered.has(commandId),
  );
}

/** The commands that a batch has answered with `unconfirmed`, oldest first: they are tried again. */
export function unconfirmedFor(batchId: string, { commands, results }: CommandLog): Command[] {
  const unconfirmed = new Set(
    results
      .filter((result) => result.batchId === batchId && result.verdict === 'unconfirmed')
      .map(({ commandId }) => commandId),
  );
  return commands.filter(({ commandId }) => unconfirmed.has(commandId));
}

/** True when somebody has asked to cancel the migration and this batch has not turned it down. What came before `runCommandId`, the retry that its run comes from, is over. */
export function isCancelAsked(
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

/** True when the last of pause and resume is a pause. */
export function isPaused({ commands }: CommandLog): boolean {
  return commands.findLast(({ kind }) => kind === 'pause' || kind === 'resume')?.kind === 'pause';
}

/** Oldest first. */
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
  // It is still tried.
  return results.some(({ verdict }) => verdict === 'unconfirmed') ? 'unconfirmed' : first.verdict;
}

function isApplied({ verdict }: Pick<CommandResult, 'verdict'>): boolean {
  return verdict === 'applied' || verdict === 'partlyApplied';
}

const meaningful: readonly CommandKind[] = [
  'approve',
  'reject',
  'cancel',
  'cancelTask',
  'reschedule',
  'pause',
  'resume',
  'retry',
];

/** Whether a command says anything to a SharePoint migration: its tasks are nobody's job, and none of them is held or added. */
export function isSharePointCommand(kind: CommandKind): boolean {
  return meaningful.includes(kind);
}

/** The commands that a batch has not answered, oldest first, and those that it has answered with `unconfirmed`. */
export function openCommands(
  batchId: string,
  { commands, results }: CommandLog,
): { readonly unanswered: readonly Command[]; readonly unconfirmed: readonly Command[] } {
  const own = commands.filter(({ kind, targets }) => !startsRun(kind) && targets.includes(batchId));
  const verdictOf = ({ commandId }: Command): string | undefined =>
    results.find((result) => result.commandId === commandId && result.batchId === batchId)?.verdict;
  return {
    unanswered: own.filter((command) => verdictOf(command) === undefined),
    unconfirmed: own.filter((command) => verdictOf(command) === 'unconfirmed'),
  };
}
