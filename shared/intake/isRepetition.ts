import type { Command } from '../contracts/command.ts';
import { contentHash } from '../storage/contentHash.ts';
import type { Stores } from '../storage/stores.ts';
import type { Asked } from './acceptCommand.ts';

/** Whether what is asked is what a command on record has asked for. */
export async function isRepetition({ migrationId, commandId, ...kept }: Command, asked: Asked, stores: Stores): Promise<boolean> {
  const of = ({ kind, by, reason, completeAfterDateTime, taskId, continueWithout, update }: Omit<Asked, 'users' | 'onConflict'>): string =>
    contentHash(kind, by, reason, completeAfterDateTime, taskId, continueWithout, update);
  if (of(kept) !== of(asked)) return false;
  return kept.kind !== 'addTasks' || contentHash(await stores.requests.loadAdded(migrationId, commandId)) === contentHash(asked.users);
}
