import { z } from 'zod';
import { problemFieldSchema } from './problem.ts';

/** A queue message that can never succeed, kept with its reason. Its text is kept beside it as a blob. */
export const rejectionSchema = z.object({
  id: z.string(),
  source: z.enum(['queue', 'poison']),
  code: z.string(),
  detail: z.string(),
  errors: z.array(problemFieldSchema),
  rejectedAt: z.string(),
  /** When the message was taken after all, and as which migration; null while it is refused. */
  replayedAt: z.string().nullable(),
  migrationId: z.string().nullable(),
});
export type Rejection = z.infer<typeof rejectionSchema>;
