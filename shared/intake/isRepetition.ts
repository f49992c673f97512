import type { Command } from '../contracts/command.ts';
import { contentHash } from '../storage/contentHash.ts';
import type { Stores } from '../storage/stores.ts';
import type { Asked } from './acceptCommand.ts';

/** Whether what is asked is what a command on record has asked for. */
export async function isRepetition(
  { migrationId, commandId, ...kept }: Command,
  asked: Asked,
  stores: Stores,
): Promise<boolean> {
  // What a signed-in asker is called may have changed since.
  const of = ({
    kind,
    by,
    byId = null,
    reason,
    completeAfterDateTime,
    taskId,
    continueWithout,
    update,
  }: Omit<Asked, 'users' | 'onConflict' | 'approvalId'>): string =>
    contentHash(kind, byId ?? by, reason, completeAfterDateTime, taskId, continueWithout, update);
  if (of(kept) !== of(asked)) return false;
  // The row has the request that was decided on also where the asker has not named it.
  if (
    asked.approvalId !== undefined &&
    asked.approvalId !== null &&
    asked.approvalId !== kept.approvalId
  )
    return false;
  return (
    kept.kind !== 'addTasks' ||
    contentHash(await stores.requests.loadAdded(migrationId, commandId)) ===
      contentHash(asked.users)
  );
}
