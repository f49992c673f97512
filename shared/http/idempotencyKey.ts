import { z } from 'zod';

/** The header `Idempotency-Key`: the same key and content always mean the same thing. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters without blanks');
