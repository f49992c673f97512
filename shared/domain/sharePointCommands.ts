import type { Command, CommandBook, CommandKind } from '../contracts/command.ts';
import { isRound } from './answeredCommands.ts';

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
  { commands, results }: CommandBook,
): { readonly unanswered: readonly Command[]; readonly unconfirmed: readonly Command[] } {
  const own = commands.filter(({ kind, targets }) => !isRound(kind) && targets.includes(batchId));
  const verdictOf = ({ commandId }: Command): string | undefined =>
    results.find((result) => result.commandId === commandId && result.batchId === batchId)?.verdict;
  return {
    unanswered: own.filter((command) => verdictOf(command) === undefined),
    unconfirmed: own.filter((command) => verdictOf(command) === 'unconfirmed'),
  };
}
