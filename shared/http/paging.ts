import { z } from 'zod';
import { batchIdSchema } from '../contracts/ids.ts';
import { outcomeSchema, retryKindSchema, whoCanFixSchema } from '../contracts/task.ts';

/** Returns the query parameters that every list supports. */
export function pageQuerySchema(defaultPageSize: number, maxPageSize: number) {
  return z.strictObject({
    pageSize: z.coerce.number().int().min(1).max(maxPageSize).default(defaultPageSize),
    continuationToken: z.string().max(2_000).optional(),
  });
}

/**
 * Returns the address of the next page: the address of the request with the token set, without the
 * function key.
 */
export function nextLink(requestUrl: string, continuationToken: string): string {
  const url = new URL(requestUrl);
  url.searchParams.delete('code');
  url.searchParams.set('continuationToken', continuationToken);
  return url.href;
}

/** The query of `GET /migrations`. */
export const migrationsQuerySchema = pageQuerySchema(50, 200);

/** The query of `GET /migrations/{id}/events` and `GET /rejections/events`. */
export const eventsQuerySchema = pageQuerySchema(200, 1_000);

/** The query of `GET /rejections`. */
export const rejectionsQuerySchema = pageQuerySchema(50, 200);

/**
 * The query of `GET /migrations/{id}/tasks`. CSV contains all pages. The filter for an error code
 * is `errorCode`, because `code` is the function key.
 */
export const tasksQuerySchema = pageQuerySchema(200, 1_000).extend({
  batchId: batchIdSchema.optional(),
  outcome: z.enum([...outcomeSchema.options, 'pending']).optional(),
  errorCode: z.string().min(1).max(200).optional(),
  whoCanFix: whoCanFixSchema.optional(),
  retry: retryKindSchema.optional(),
});
export type TasksQuery = z.infer<typeof tasksQuerySchema>;
