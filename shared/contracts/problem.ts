import { z } from 'zod';
import { problemCodeSchema } from './problemCode.ts';

/** One bad field: `path` as the caller wrote it, such as `users[3].targetUserId`; empty for the whole body. */
export const problemFieldSchema = z.strictObject({ path: z.string(), message: z.string() });
export type ProblemField = z.infer<typeof problemFieldSchema>;

/** An RFC 9457 problem with a stable `code`; `errors` names every bad field of a refused input. */
export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: problemCodeSchema,
  detail: z.string(),
  errors: z.array(problemFieldSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
