import { z } from 'zod';

/**
 * Our final record of one task. `unknown`: Graph has not shown the task for seven days, or does not have its job any more; a later
 * sighting corrects it. `pending` stands in counts for tasks that have no outcome yet.
 */
export const outcomeSchema = z.enum([
  'succeeded',
  'failed',
  'cancelled',
  'invalid',
  'validated',
  'unknown',
]);
export type Outcome = z.infer<typeof outcomeSchema>;

/** How many tasks have which outcome; every name is always present. */
export const outcomeCountsSchema = z.object({
  succeeded: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  invalid: z.int(),
  validated: z.int(),
  unknown: z.int().default(0),
  pending: z.int(),
});
export type OutcomeCounts = z.infer<typeof outcomeCountsSchema>;
