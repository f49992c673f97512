import type { Batch } from '../../shared/contracts/migration.ts';
import type { ActivityServices } from './activityServices.ts';

/**
 * What changes on the row of a batch that validates anew after it was let through to its cutover: an approval from before does not hold any more. Undefined
 * for nothing, which is so until it was let through for the first time.
 */
export function clearanceLost(
  { clearedAt, approveAfter }: Pick<Batch, 'clearedAt' | 'approveAfter'>,
  { nowMs }: Pick<ActivityServices, 'nowMs'>,
): Pick<Batch, 'clearedAt' | 'approveAfter'> | undefined {
  return clearedAt === null && approveAfter === null
    ? undefined
    : { clearedAt: null, approveAfter: new Date(nowMs()).toISOString() };
}
