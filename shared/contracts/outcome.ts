import { z } from 'zod';

/** Our final record of one task. `pending` stands in counts for tasks that have no outcome yet. */
export const outcomeSchema = z.enum(['succeeded', 'failed', 'cancelled', 'invalid', 'validated']);
export type Outcome = z.infer<typeof outcomeSchema>;

/** How many tasks have which outcome; every name is always present. */
export const outcomeCountsSchema = z.strictObject({
  succeeded: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  invalid: z.int(),
  validated: z.int(),
  pending: z.int(),
});
export type OutcomeCounts = z.infer<typeof outcomeCountsSchema>;
