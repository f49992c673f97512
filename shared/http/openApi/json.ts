import type { z } from 'zod';
import type { Answer } from './operation.ts';

/** An answer in JSON. */
export function json(description: string, schema: z.ZodType, headers?: z.ZodObject): Answer {
  return {
    description,
    content: { 'application/json': schema },
    ...(headers === undefined ? {} : { headers }),
  };
}
