import { ownedBatchSchema, supersededSchema } from '../../shared/contracts/activities.ts';
import { isOwner } from '../../shared/domain/batchOwner.ts';
import type { Activity } from './activityServices.ts';

/**
 * An activity that does nothing for an orchestration that another one has replaced. A batch whose orchestration was ended from outside gets a new one; what
 * the old one has left running must not act beside it.
 */
export function fenced(activity: Activity): Activity {
  return async (input, services) => {
    const { migrationId, batchId, owner } = ownedBatchSchema.parse(input);
    if (owner !== null) {
      const batch = await services.stores.batches.get(migrationId, batchId);
      if (batch !== undefined && !isOwner(batch, owner))
        return supersededSchema.parse({ kind: 'superseded' });
    }
    return activity(input, services);
  };
}
