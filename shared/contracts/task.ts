import { z } from 'zod';
import { batchIdSchema, guidSchema, migrationIdSchema } from './ids.ts';
import { outcomeSchema } from './outcome.ts';

/** One error of one workload, with the step to take in our own words. */
export const taskErrorSchema = z.strictObject({ code: z.string(), message: z.string(), remedy: z.string() });
export type TaskError = z.infer<typeof taskErrorSchema>;

/** Where one workload of a task is. `status` is Graph's word, lower-camel-case, kept as it came when unknown. */
export const serviceStatusSchema = z.strictObject({
  service: z.string(),
  status: z.string(),
  message: z.string(),
  errors: z.array(taskErrorSchema),
});
export type ServiceStatus = z.infer<typeof serviceStatusSchema>;

/** One user of a migration: `GET /migrations/{id}/tasks` answers with these, and the table `tasks` holds them. */
export const taskSchema = z.strictObject({
  migrationId: migrationIdSchema,
  batchId: batchIdSchema,
  /** The target user's object id, which is Graph's task id as well. */
  taskId: guidSchema,
  sourceUserPrincipalName: z.string().nullable(),
  outcome: outcomeSchema.nullable(),
  /** The Graph job that holds (or held) the user; null before the first job is created. */
  jobId: z.string().nullable(),
  services: z.array(serviceStatusSchema),
  /** The services as validation left them: Graph forgets them when the migration starts. */
  validation: z.array(serviceStatusSchema),
  updatedAt: z.string(),
});
export type Task = z.infer<typeof taskSchema>;
