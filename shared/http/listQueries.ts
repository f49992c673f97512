import { z } from 'zod';
import { retryKindSchema, whoCanFixSchema } from '../contracts/failure.ts';
import { batchIdSchema } from '../contracts/ids.ts';
import { outcomeSchema } from '../contracts/outcome.ts';
import { pageQuerySchema } from './pageQuery.ts';

/** The query of `GET /migrations`. */
export const migrationsQuerySchema = pageQuerySchema(50, 200);

/** The query of `GET /migrations/{id}/events` and `GET /rejections/events`. */
export const eventsQuerySchema = pageQuerySchema(200, 1_000);

/** The query of `GET /rejections`. */
export const rejectionsQuerySchema = pageQuerySchema(50, 200);

/**
 * The query of `GET /migrations/{id}/tasks`; as CSV all pages come at once. An error's code is asked for as `errorCode`, since
 * `code` is the function key.
 */
export const tasksQuerySchema = pageQuerySchema(200, 1_000).extend({
  batchId: batchIdSchema.optional(),
  outcome: z.enum([...outcomeSchema.options, 'pending']).optional(),
  errorCode: z.string().min(1).max(200).optional(),
  whoCanFix: whoCanFixSchema.optional(),
  retry: retryKindSchema.optional(),
});
export type TasksQuery = z.infer<typeof tasksQuerySchema>;
