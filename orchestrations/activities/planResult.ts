import type { z } from 'zod';
import type { planResultSchema } from '../../shared/contracts/activities.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import type { ActivityServices } from './activityServices.ts';

/** What the orchestration of a request, or of what a command adds, is told: so many batches to run, in so many lanes. */
export function planResult({ validateOnly, holdHours, kind }: Migration, batchCount: number, { maxParallelBatches }: ActivityServices): z.infer<typeof planResultSchema> {
  return { batchCount, laneCount: Math.min(batchCount, maxParallelBatches), validateOnly, hold: holdHours !== null, kind, deletion: false };
}
