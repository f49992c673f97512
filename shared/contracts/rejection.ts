import { z } from 'zod';
import { problemFieldSchema } from './problem.ts';

/**
 * A rejected queue message and the reason. A blob holds its text. Equal messages share one record.
 */
export const rejectionSchema = z.object({
  /** Derived from the text of the message. */
  id: z.string(),
  source: z.enum(['queue', 'poison']),
  code: z.string(),
  detail: z.string(),
  errors: z.array(problemFieldSchema),
  /** When the message was first rejected. */
  rejectedAt: z.string(),
  /** When it was last rejected, rejected replays included. */
  lastRejectedAt: z.string(),
  /**
   * How often it was rejected. A delivery that is repeated after a crash counts again; a replay
   * does not count.
   */
  count: z.int().min(0),
  /** When a replay of the message was accepted, and as which migration. Null until then. */
  replayedAt: z.string().nullable(),
  migrationId: z.string().nullable(),
});
export type Rejection = z.infer<typeof rejectionSchema>;
