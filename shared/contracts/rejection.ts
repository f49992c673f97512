import { z } from 'zod';
import { problemFieldSchema } from './problem.ts';

/** A queue message that can never succeed, kept with its reason. Its text is kept beside it as a blob. Equal messages share a record. */
export const rejectionSchema = z.object({
  /** Derived from the text of the message. */
  id: z.string(),
  source: z.enum(['queue', 'poison']),
  code: z.string(),
  detail: z.string(),
  errors: z.array(problemFieldSchema),
  /** When the message was refused for the first time. */
  rejectedAt: z.string(),
  /** When it was refused last, a refused replay included. */
  lastRejectedAt: z.string(),
  /** How often it was refused; a delivery that comes again after a crash counts once more, a replay does not count. */
  count: z.int().min(0),
  /** When the message was taken after all, and as which migration; null while it is refused. */
  replayedAt: z.string().nullable(),
  migrationId: z.string().nullable(),
});
export type Rejection = z.infer<typeof rejectionSchema>;
