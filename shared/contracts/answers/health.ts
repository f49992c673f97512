import { z } from 'zod';
import { freezeSchema } from '../freeze.ts';

const statusSchema = z.enum(['healthy', 'unhealthy']);

/** One thing that the app cannot work without; `detail` says what is wrong with it. */
export const healthCheckSchema = z.strictObject({
  status: statusSchema,
  detail: z.string().optional(),
});
export type HealthCheck = z.infer<typeof healthCheckSchema>;

/** The answer to `GET /health`: healthy when every check is. */
export const healthSchema = z.strictObject({
  status: statusSchema,
  /** The freeze in force, null for none; left out where storage cannot be read. */
  frozen: freezeSchema.nullable().optional(),
  checks: z.strictObject({
    storage: healthCheckSchema,
    graph: healthCheckSchema,
    /** Only where the app is set up for SharePoint requests. */
    sharePoint: healthCheckSchema.optional(),
  }),
});
export type Health = z.infer<typeof healthSchema>;
