import { z } from 'zod';
import { commandWithResultsSchema, decisionSchema, freezeSchema } from './command.ts';
import { batchIdSchema, migrationIdSchema } from './ids.ts';
import { batchSchema, migrationSchema, personNeedSchema } from './migration.ts';
import {
  explainedErrorSchema,
  failureClusterSchema,
  serviceStatusSchema,
  taskFailureSchema,
  taskSchema,
} from './task.ts';

/** The answer to a command: what has become of it so far, and where to look for the rest. */
export const acceptedCommandSchema = commandWithResultsSchema
  .pick({ commandId: true, kind: true, state: true })
  .extend({ commandsUrl: z.url() });
export type AcceptedCommand = z.infer<typeof acceptedCommandSchema>;

/** The answer to `POST /migrations`: the migration as it was accepted, and where to look for it. */
export const acceptedMigrationSchema = migrationSchema
  .pick({
    id: true,
    name: true,
    kind: true,
    phase: true,
    acceptedAt: true,
    taskCount: true,
    batchCount: true,
  })
  .extend({
    statusUrl: z.url(),
    tasksUrl: z.url(),
    /** With function keys and an approval: what such an approval is worth. */
    notice: z.string().optional(),
  });
export type AcceptedMigration = z.infer<typeof acceptedMigrationSchema>;

/** The answer to `GET /migrations/{id}/commands`: all of them, oldest first. */
export const commandListSchema = z.strictObject({ value: z.array(commandWithResultsSchema) });
export type CommandList = z.infer<typeof commandListSchema>;

/** The answer to `POST /freeze` and `POST /unfreeze`: the freeze that is in force now, null for none. */
export const frozenSchema = z.strictObject({ frozen: freezeSchema.nullable() });
export type Frozen = z.infer<typeof frozenSchema>;

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

/** One workload of a task, every error of it explained; a workload that failed without an error has one of code `NoCode`. */
export const listedServiceSchema = serviceStatusSchema.extend({
  errors: z.array(explainedErrorSchema),
});
export type ListedService = z.infer<typeof listedServiceSchema>;

/** One user of a migration, as `GET /migrations/{id}/tasks` lists it. */
export const listedTaskSchema = taskSchema.extend({
  services: z.array(listedServiceSchema),
  validation: z.array(listedServiceSchema),
  /** Null unless the task has failed, is invalid, or has a workload that fails while others go on. */
  failure: taskFailureSchema.nullable(),
});
export type ListedTask = z.infer<typeof listedTaskSchema>;

/** The answer to `GET /health/live`: the app runs and answers. It says nothing else to anybody. */
export const liveSchema = z.strictObject({ status: z.literal('live') });
export type Live = z.infer<typeof liveSchema>;

/** The answer to `GET /migrations/{id}`. While it runs, counts and failures are those of its batches so far. */
export const migrationDetailSchema = migrationSchema.extend({
  /** Why users have failed, or fail now: tenant-wide causes first, then those that hit most users. */
  failures: z.array(failureClusterSchema),
  /** One line, such as `37 users, 3 reasons`. */
  failureSummary: z.string(),
  /** The batches that need a person now, and what to do. */
  needsPerson: z.array(
    z.strictObject({ batchId: batchIdSchema, need: personNeedSchema, message: z.string() }),
  ),
  /** The requests for approval, oldest first; only the last one may be undecided. */
  approvals: z.array(
    z.strictObject({
      approvalId: z.string(),
      taskCount: z.int(),
      tasksHash: z.string(),
      requestedAt: z.string(),
      deadlineAt: z.string(),
      verdict: decisionSchema.shape.verdict.nullable(),
      decidedAt: z.string().nullable(),
    }),
  ),
  batches: z.array(batchSchema),
});
export type MigrationDetail = z.infer<typeof migrationDetailSchema>;

/** One page of a list; `nextLink` is the address of the next one and absent on the last. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ value: z.array(item), nextLink: z.url().optional() });
}
export type PageOf<Item> = z.infer<ReturnType<typeof pageSchema<z.ZodType<Item>>>>;

/** The answer to `POST /rejections/{id}/replay`. */
export const replayedSchema = z.strictObject({ id: migrationIdSchema, statusUrl: z.url() });
export type Replayed = z.infer<typeof replayedSchema>;
