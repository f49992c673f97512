import type { Batch } from '../../shared/contracts/migration.ts';
import { freezeText, isFreezeText } from '../../shared/domain/checkpoint.ts';
import { type ActivityServices, audited } from '../activityServices.ts';

/**
 * Returns true if a freeze is in force. Activities call it right before they create or migrate
 * anything; the result is never cached.
 */
export async function isFrozen({ stores }: Pick<ActivityServices, 'stores'>): Promise<boolean> {
  return (await stores.freezes.current()) !== null;
}

/**
 * Returns true if a freeze holds a batch before its next step. Shows the freeze in the batch's row,
 * audits it once per freeze, and clears the row after the freeze is lifted. A message that a person
 * is needed stays in the row.
 */
export async function isHeldByFreeze(batch: Batch, services: ActivityServices): Promise<boolean> {
  const { migrationId, batchId, jobId, message } = batch;
  const { stores, nowMs } = services;
  const frozen = await stores.freezes.current();
  if (frozen === null) {
    await clearFreezeMessage(batch, services);
    return false;
  }
  const text = freezeText(frozen);
  if (message === text || batch.needsPerson !== null) return true;
  // Audited before the row changes, because a changed row means that it was audited.
  await audited(
    {
      migrationId,
      batchId,
      jobId,
      eventId: `frozen/${batchId}/${frozen.since}`,
      type: 'batch.frozen',
      by: frozen.by,
      detail: text,
    },
    services,
  );
  await stores.batches.updateWhen(
    migrationId,
    batchId,
    ({ finishedAt, needsPerson }) => finishedAt === null && needsPerson === null,
    { message: text, updatedAt: new Date(nowMs()).toISOString() },
  );
  return true;
}

/** Removes the message about a freeze from a batch's row. */
export async function clearFreezeMessage(
  { migrationId, batchId, message }: Batch,
  { stores, nowMs }: ActivityServices,
): Promise<void> {
  if (!isFreezeText(message)) return;
  await stores.batches.updateWhen(migrationId, batchId, (batch) => isFreezeText(batch.message), {
    message: null,
    updatedAt: new Date(nowMs()).toISOString(),
  });
}

/**
 * Returns the changes to a batch's row when it validates again after it was cleared for cutover:
 * earlier approvals no longer count. Returns undefined if the batch was never cleared.
 */
export function clearanceReset(
  { clearedAt, revalidatedAt }: Pick<Batch, 'clearedAt' | 'revalidatedAt'>,
  { nowMs }: Pick<ActivityServices, 'nowMs'>,
): Pick<Batch, 'clearedAt' | 'revalidatedAt'> | undefined {
  return clearedAt === null && revalidatedAt === null
    ? undefined
    : { clearedAt: null, revalidatedAt: new Date(nowMs()).toISOString() };
}
