import { z } from 'zod';
import { migrationIdSchema } from '../ids.ts';

/** The answer to `POST /rejections/{id}/replay`. */
export const replayedSchema = z.strictObject({ id: migrationIdSchema, statusUrl: z.url() });
export type Replayed = z.infer<typeof replayedSchema>;
