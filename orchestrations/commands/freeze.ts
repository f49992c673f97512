import type { Batch } from '../../shared/contracts/migration.ts';
import { freezeText, isFreezeText } from '../../shared/domain/checkpoint.ts';
import { type ActivityServices, audited } from '../activityServices.ts';

/** Whether a freeze is in force. An activity asks directly before it creates or migrates anything: the answer is never remembered. */
export async function isFrozen({ stores }: Pick<ActivityServices, 'stores'>): Promise<boolean> {
  return (await stores.freezes.current()) !== null;
}

/**
 * Whether a freeze holds a batch before its next step. Shows it in the batch's row and puts it on record, once a freeze; takes it back from the row when the
 * freeze is lifted. What the row says about a person who is needed stays.
 */
export async function isHeldByFreeze(batch: Batch, services: ActivityServices): Promise<boolean> {
  const { migrationId, batchId, jobId, message } = batch;
  const { stores, nowMs } = services;
  const frozen = await stores.freezes.current();
  if (frozen === null) {
    await forgetFreeze(batch, services);
    return false;
  }
  const text = freezeText(frozen);
  if (message === text || batch.needsPerson !== null) return true;
  // Before the row, which says that it was done.
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

/** Takes back what a batch's row says of a freeze: the batch goes on, or waits for something else. */
export async function forgetFreeze(
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
 * What changes on the row of a batch that validates anew after it was let through to its cutover: an approval from before does not hold any more. Undefined
 * for nothing, which is so until it was let through for the first time.
 */
export function clearanceReset(
  { clearedAt, revalidatedAt }: Pick<Batch, 'clearedAt' | 'revalidatedAt'>,
  { nowMs }: Pick<ActivityServices, 'nowMs'>,
): Pick<Batch, 'clearedAt' | 'revalidatedAt'> | undefined {
  return clearedAt === null && revalidatedAt === null
    ? undefined
    : { clearedAt: null, revalidatedAt: new Date(nowMs()).toISOString() };
}
