import type { CommandKind } from '../contracts/command.ts';

const meaningful: readonly CommandKind[] = ['approve', 'reject', 'cancel', 'cancelTask', 'reschedule', 'pause', 'resume', 'retry'];

/** Whether a command says anything to a SharePoint migration: its tasks are nobody's job, and none of them is held or added. */
export function isSharePointCommand(kind: CommandKind): boolean {
  return meaningful.includes(kind);
}
