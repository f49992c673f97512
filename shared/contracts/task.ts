import { z } from 'zod';
import { batchIdSchema, guidSchema, migrationIdSchema } from './ids.ts';
import { outcomeSchema } from './outcome.ts';
import { sharePointParametersSchema } from './sharePointParameters.ts';

/**
 * One error of one workload, as it was reported. What it means is the catalogue's to say, when it is read. Members that
 * rows of an earlier version have besides are dropped.
 */
export const taskErrorSchema = z.object({ code: z.string(), message: z.string() });
export type TaskError = z.infer<typeof taskErrorSchema>;

/** Where one workload of a task is. `status` is Graph's word, lower-camel-case, kept as it came when unknown. */
export const serviceStatusSchema = z.object({
  service: z.string(),
  status: z.string(),
  message: z.string(),
  errors: z.array(taskErrorSchema),
});
export type ServiceStatus = z.infer<typeof serviceStatusSchema>;

/** One user of a migration, as the table `tasks` holds it. */
export const taskSchema = z.object({
  migrationId: migrationIdSchema,
  batchId: batchIdSchema,
  /** The target user's object id, which is Graph's task id as well; of a SharePoint task an id made from its source. */
  taskId: guidSchema,
  sourceUserPrincipalName: z.string().nullable(),
  /** What a SharePoint task moves: a user, the address of a site or the mail nickname of a group; null for a user of a job. */
  source: z.string().nullable(),
  /** Where a SharePoint task moves it to. */
  target: z.string().nullable(),
  /** Graph's own parameters of a SharePoint task, as the request has them. */
  parameters: sharePointParametersSchema.nullable(),
  outcome: outcomeSchema.nullable().catch('unknown'),
  /** What a retry has taken back: it holds again when the user is let go of before a job has taken him once more. */
  outcomeBefore: outcomeSchema.nullable().catch('unknown'),
  /** The Graph job that holds (or held) the user, or the id of the SharePoint task; null before that is created. */
  jobId: z.string().nullable(),
  services: z.array(serviceStatusSchema),
  /** The services as validation left them: Graph forgets them when the migration starts. */
  validation: z.array(serviceStatusSchema),
  updatedAt: z.string(),
});
export type Task = z.infer<typeof taskSchema>;
