import { z } from 'zod';

/** The answer to `GET /health/live`: the app runs and answers. It says nothing else to anybody. */
export const liveSchema = z.strictObject({ status: z.literal('live') });
export type Live = z.infer<typeof liveSchema>;
