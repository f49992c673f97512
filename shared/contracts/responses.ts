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

/** The response to a command: its state so far, and the URL that shows its results. */
export const acceptedCommandSchema = commandWithResultsSchema
  .pick({ commandId: true, kind: true, state: true })
  .extend({ commandsUrl: z.url() });
export type AcceptedCommand = z.infer<typeof acceptedCommandSchema>;

/** The response to `POST /migrations`: the accepted migration and its URLs. */
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
    /** Set when approval is required and callers use function keys: what that approval proves. */
    notice: z.string().optional(),
  });
export type AcceptedMigration = z.infer<typeof acceptedMigrationSchema>;

/** The response to `GET /migrations/{id}/commands`: every command, oldest first. */
export const commandListSchema = z.strictObject({ value: z.array(commandWithResultsSchema) });
export type CommandList = z.infer<typeof commandListSchema>;

/** The response to `POST /freeze` and `POST /unfreeze`: the current freeze, or null. */
export const frozenSchema = z.strictObject({ frozen: freezeSchema.nullable() });
export type Frozen = z.infer<typeof frozenSchema>;

const statusSchema = z.enum(['healthy', 'unhealthy']);

/** The health of one dependency. `detail` describes the problem. */
export const healthCheckSchema = z.strictObject({
  status: statusSchema,
  detail: z.string().optional(),
});
export type HealthCheck = z.infer<typeof healthCheckSchema>;

/** The response to `GET /health`: healthy if every check is healthy. */
export const healthSchema = z.strictObject({
  status: statusSchema,
  /** The current freeze, or null. Absent if storage cannot be read. */
  frozen: freezeSchema.nullable().optional(),
  checks: z.strictObject({
    storage: healthCheckSchema,
    graph: healthCheckSchema,
    /** Present only if the app is configured for SharePoint requests. */
    sharePoint: healthCheckSchema.optional(),
  }),
});
export type Health = z.infer<typeof healthSchema>;

/**
 * One workload of a task with its explained errors. A failed workload without errors gets one with
 * code `NoCode`.
 */
export const listedServiceSchema = serviceStatusSchema.extend({
  errors: z.array(explainedErrorSchema),
});
export type ListedService = z.infer<typeof listedServiceSchema>;

/** One task in the response to `GET /migrations/{id}/tasks`. */
export const listedTaskSchema = taskSchema.omit({ creation: true }).extend({
  services: z.array(listedServiceSchema),
  validation: z.array(listedServiceSchema),
  /**
   * Null unless the task has failed, is invalid, or has a failed workload while others continue.
   */
  failure: taskFailureSchema.nullable(),
});
export type ListedTask = z.infer<typeof listedTaskSchema>;

/** The response to `GET /health/live`: the app is running. */
export const liveSchema = z.strictObject({ status: z.literal('live') });
export type Live = z.infer<typeof liveSchema>;

/**
 * The response to `GET /migrations/{id}`. While the migration runs, counts and failures cover its
 * batches so far.
 */
export const migrationDetailSchema = migrationSchema.extend({
  /**
   * Why users failed or are failing: tenant-wide causes first, then the causes that affect most
   * users.
   */
  failures: z.array(failureClusterSchema),
  /** One line, such as `37 users, 3 reasons`. */
  failureSummary: z.string(),
  /** The batches that need a person now, and what that person must do. */
  needsPerson: z.array(
    z.strictObject({ batchId: batchIdSchema, need: personNeedSchema, message: z.string() }),
  ),
  /** The approval requests, oldest first. Only the last one may be undecided. */
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

/** One page of a list. `nextLink` is the URL of the next page; the last page has none. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ value: z.array(item), nextLink: z.url().optional() });
}
export type PageOf<Item> = z.infer<ReturnType<typeof pageSchema<z.ZodType<Item>>>>;

/** The response to `POST /rejections/{id}/replay`. */
export const replayedSchema = z.strictObject({ id: migrationIdSchema, statusUrl: z.url() });
export type Replayed = z.infer<typeof replayedSchema>;
