import { z } from 'zod';
import { batchFailuresSchema } from './failure.ts';
import { batchIdSchema, migrationIdSchema } from './ids.ts';
import { outcomeCountsSchema } from './outcome.ts';
import { personNeedSchema } from './personNeed.ts';
import { batchPhaseSchema, migrationPhaseSchema } from './phase.ts';
import { exchangeSettingsSchema } from './usersRequest.ts';
import { workloadSchema } from './workload.ts';

/** A batch as `GET /migrations/{id}` shows it and the table `batches` holds it. Instants are ISO 8601 in UTC. */
export const batchSchema = z.strictObject({
  migrationId: migrationIdSchema,
  batchId: batchIdSchema,
  phase: batchPhaseSchema,
  taskCount: z.int(),
  counts: outcomeCountsSchema,
  /** Who fails for which reasons; null until the tasks are recorded for the first time. */
  failures: batchFailuresSchema.nullable(),
  /** 1 for the first job; one more for every fresh job without the users who failed validation. */
  attempt: z.int(),
  jobId: z.string().nullable(),
  jobDisplayName: z.string().nullable(),
  jobStatus: z.string().nullable(),
  /** Why the batch stands as it does, when there is something to say. */
  message: z.string().nullable(),
  /** The orchestration that waits for the batch: a command rings its bell. */
  waiterId: z.string().nullable(),
  /** Why the batch needs a person now; null when it does not. What to do is in the message. */
  needsPerson: personNeedSchema.nullable(),
  /** 1 for the request's own run; one more for every retry. */
  run: z.int(),
  /** The command that this run comes from; null for the request. */
  round: z.string().nullable(),
  updatedAt: z.string(),
  finishedAt: z.string().nullable(),
});
export type Batch = z.infer<typeof batchSchema>;

/** A migration as the lists show it and the table `migrations` holds it. Instants are ISO 8601 in UTC. */
export const migrationSchema = z.strictObject({
  id: migrationIdSchema,
  kind: z.enum(['users', 'sharePoint']),
  name: z.string(),
  phase: migrationPhaseSchema,
  sourceTenantId: z.string(),
  targetTenantId: z.string(),
  validateOnly: z.boolean(),
  completeAfterDateTime: z.string().nullable(),
  workloads: z.array(workloadSchema),
  exchangeSettings: exchangeSettingsSchema.nullable(),
  /** Users in a batch, as it was set when the request was accepted: a later setting must not split it anew. */
  batchSize: z.int(),
  requestedBy: z.string().nullable(),
  /** Hours within which somebody must approve the cutover; null where no approval is asked for. */
  approvalHours: z.int().nullable(),
  /** Hours that a batch waits with its invalid users; null where it goes on without them. */
  holdHours: z.int().nullable(),
  taskCount: z.int(),
  batchCount: z.int(),
  counts: outcomeCountsSchema,
  message: z.string().nullable(),
  acceptedAt: z.string(),
  updatedAt: z.string(),
  finishedAt: z.string().nullable(),
});
export type Migration = z.infer<typeof migrationSchema>;
