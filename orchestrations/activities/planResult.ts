import type { z } from 'zod';
import type { planResultSchema } from '../../shared/contracts/activities.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import { isBegun } from '../../shared/domain/batchOwner.ts';
import type { ActivityServices } from './activityServices.ts';

/** What the orchestration of a request, or of what a command adds, is told: these batches to run, in so many lanes. */
export function planResult(
  { validateOnly, holdHours, kind }: Migration,
  batches: readonly Batch[],
  { maxParallelBatches }: ActivityServices,
): z.infer<typeof planResultSchema> {
  const batchCount = batches.length;
  return {
    batchCount,
    laneCount: Math.min(batchCount, maxParallelBatches),
    validateOnly,
    hold: holdHours !== null,
    kind,
    deletion: false,
    begun: batches.some(isBegun),
  };
}
