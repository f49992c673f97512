import type { MoveRef } from '../../shared/contracts/sharePointActivities.ts';
import { isPaused } from '../../shared/domain/answeredCommands.ts';
import { openCommands } from '../../shared/domain/sharePointCommands.ts';
import type { ActivityServices } from './activityServices.ts';

/**
 * Gives back the place of a task that nothing has been created for, when somebody has asked something or the migration is paused: it waits in
 * the queue, where commands still reach it in time. Undefined when there is no reason for it. `askedSeconds`: how long Graph asks to wait; 0 where it says nothing.
 */
export async function backToQueue({ migrationId, batchId, taskId }: MoveRef, askedSeconds: number, { stores }: ActivityServices): Promise<{ readonly kind: 'full'; readonly seconds: number; readonly commands: boolean } | undefined> {
  const book = await stores.commands.bookOf(migrationId, batchId);
  const commands = openCommands(batchId, book).unanswered.length > 0;
  if (!commands && !isPaused(book)) return undefined;
  await stores.slots.release({ migrationId, batchId, taskId });
  return { kind: 'full', seconds: askedSeconds, commands };
}
