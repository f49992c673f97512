import type { MoveTurn } from '../../shared/contracts/sharePointActivities.ts';
import { isPaused } from '../../shared/domain/answeredCommands.ts';
import { openCommands } from '../../shared/domain/sharePointCommands.ts';
import type { ActivityServices } from './activityServices.ts';
import { isFrozen } from './frozen.ts';
import { endDelay } from './moveTurn.ts';

/**
 * Gives back the place of a task that nothing has been created for, when somebody has asked something, the migration is paused or everything is frozen: it
 * waits in the queue, where commands still reach it in time. Undefined when there is no reason for it. `askedSeconds`: how long Graph asks to wait; 0 where
 * it says nothing.
 */
export async function backToQueue(
  turn: MoveTurn,
  askedSeconds: number,
  services: ActivityServices,
): Promise<
  | {
      readonly kind: 'full';
      readonly seconds: number;
      readonly commands: boolean;
      readonly isHeld: boolean;
    }
  | undefined
> {
  const { migrationId, batchId, taskId } = turn;
  const { stores } = services;
  const book = await stores.commands.bookOf(migrationId, batchId);
  const commands = openCommands(batchId, book).unanswered.length > 0;
  const isHeld = isPaused(book) || (await isFrozen(services));
  if (!commands && !isHeld) return undefined;
  if (isHeld) await endDelay(turn, turn.delayedSinceMs, services);
  await stores.slots.release({ migrationId, batchId, taskId });
  return { kind: 'full', seconds: askedSeconds, commands, isHeld };
}
