import { z } from 'zod';
import { chainPositionSchema } from './audit.ts';
import { batchIdSchema, migrationIdSchema } from './ids.ts';
import { exchangeSettingsSchema, workloadSchema } from './request.ts';
import { batchFailuresSchema, outcomeCountsSchema } from './task.ts';

/** Why a batch needs a person. */
export const personNeedSchema = z.enum([
  'adminActionRequired',
  'unknownStatus',
  'notCuttingOver',
  'invalidUsers',
  'outOfSight',
]);
export type PersonNeed = z.infer<typeof personNeedSchema>;

/** The phases of a batch. The last four are final. */
export const batchPhaseSchema = z.enum([
  'queued',
  'creating',
  'validating',
  'held',
  'cancelling',
  'syncing',
  'moving',
  'cuttingOver',
  'outOfSight',
  'recording',
  'completed',
  'completedWithErrors',
  'failed',
  'cancelled',
]);
export type BatchPhase = z.infer<typeof batchPhaseSchema>;

/** The phases of a migration. The last four are final. */
export const migrationPhaseSchema = z.enum([
  'accepted',
  'planning',
  'running',
  'completed',
  'completedWithErrors',
  'failed',
  'cancelled',
]);
export type MigrationPhase = z.infer<typeof migrationPhaseSchema>;

/** The final phases. Only a retry or an added user starts the work again. */
export const finalPhaseSchema = z.enum(['completed', 'completedWithErrors', 'failed', 'cancelled']);
export type FinalPhase = z.infer<typeof finalPhaseSchema>;

/**
 * How the requester is known. `authenticated`: they signed in. `named`: a caller with a function
 * key gave the name. `claimed`: a queue message gave the name, and its sender is not verified.
 */
const requesterKindSchema = z.enum(['authenticated', 'named', 'claimed']);

/** A Graph operation that the app repeats until it is done. */
const delayedOperationSchema = z.object({
  /** Such as `get job` or `create job`. */
  operation: z.string(),
  sinceAt: z.string(),
  /** HTTP status, codes, Graph's message with addresses masked, and its `request-id`. */
  lastResponse: z.string(),
});
export type DelayedOperation = z.infer<typeof delayedOperationSchema>;

/**
 * When the open commands were last tried, and until when they are not tried again. `isAsked`: Graph
 * asked for the wait, so commands that arrive during it wait as well. Instants are ISO 8601 in UTC.
 */
const commandTrySchema = z.object({ at: z.string(), untilAt: z.string(), isAsked: z.boolean() });

/**
 * A batch, as the table `batches` stores it and `GET /migrations/{id}` returns it. Instants are ISO
 * 8601 in UTC.
 */
export const batchSchema = z.object({
  migrationId: migrationIdSchema,
  batchId: batchIdSchema,
  phase: batchPhaseSchema.catch('syncing'),
  taskCount: z.int(),
  counts: outcomeCountsSchema,
  /** The failures by reason. Null until the tasks are recorded for the first time. */
  failures: batchFailuresSchema.nullable(),
  /**
   * 1 for the first job, and one more for each new job that leaves out users who failed validation.
   */
  attempt: z.int(),
  jobId: z.string().nullable(),
  jobDisplayName: z.string().nullable(),
  /**
   * The attempt to create the job that was sent last; null before the first one. An activity that
   * finds its own attempt here has run before, and its result was not recorded.
   */
  createSentAs: z.string().nullable().catch(null),
  jobStatus: z.string().nullable(),
  /** A note on the current phase, or null. */
  message: z.string().nullable(),
  /** The orchestration that receives the wake-up event when a command for the batch arrives. */
  waiterId: z.string().nullable(),
  /** Why the batch needs a person now, or null. The message says what to do. */
  needsPerson: personNeedSchema.nullable().catch('unknownStatus'),
  /** The Graph operation that the app is repeating, or null. */
  delayedOperation: delayedOperationSchema.nullable(),
  /** Since when Graph has not shown the job. Null while Graph shows it. */
  outOfSightAt: z.string().nullable(),
  /**
   * The last time that a SharePoint task of the batch tried the open commands. Null if none was
   * tried.
   */
  commandTry: commandTrySchema.nullable().catch(null),
  /** A retry that waits until Graph shows the job again or the job is known to be gone, or null. */
  retryCommandId: z.string().nullable(),
  /** 1 for the run of the request, and one more for each retry or addition. */
  run: z.int(),
  /**
   * How often a new orchestration has replaced the batch's orchestration. Only the newest one of
   * the current run may write to the batch.
   */
  restarts: z.int().catch(0),
  /** The attempt number of the first job that the run created. */
  firstAttempt: z.int(),
  /**
   * When an approval cleared the batch for its cutover. Null if none did, or if the batch is
   * validating again.
   */
  clearedAt: z.string().nullable(),
  /** When a cleared batch started to validate again. Approvals from before no longer count. */
  revalidatedAt: z.string().nullable(),
  /** The command that started this run. Null if the request did. */
  runCommandId: z.string().nullable(),
  updatedAt: z.string(),
  finishedAt: z.string().nullable(),
});
export type Batch = z.infer<typeof batchSchema>;

/**
 * A migration, as the table `migrations` stores it and the lists return it. Instants are ISO 8601
 * in UTC.
 */
export const migrationSchema = z.object({
  id: migrationIdSchema,
  kind: z.enum(['users', 'sharePoint']),
  name: z.string(),
  phase: migrationPhaseSchema.catch('running'),
  sourceTenantId: z.string(),
  targetTenantId: z.string(),
  validateOnly: z.boolean(),
  completeAfterDateTime: z.string().nullable(),
  workloads: z.array(workloadSchema),
  exchangeSettings: exchangeSettingsSchema.nullable(),
  /**
   * Users per batch, fixed when the request is accepted so that a later setting does not split it
   * differently.
   */
  batchSize: z.int(),
  /** The requester's name, or null if the request names nobody. */
  requestedBy: z.string().nullable(),
  /** The requester's tenant and object id if they signed in. Used to compare identities. */
  requestedById: z.string().nullable(),
  requestedByKind: requesterKindSchema.nullable().catch('claimed'),
  /** The requester that a queue message names, if somebody who signed in replayed that message. */
  claimedBy: z.string().nullable(),
  /** Hours within which somebody must approve the cutover. Null if no approval is required. */
  approvalHours: z.int().nullable(),
  /** Hours for which a batch with invalid users is held. Null if it continues without them. */
  holdHours: z.int().nullable(),
  taskCount: z.int(),
  batchCount: z.int(),
  counts: outcomeCountsSchema,
  message: z.string().nullable(),
  acceptedAt: z.string(),
  updatedAt: z.string(),
  finishedAt: z.string().nullable(),
  /**
   * The position of the last outcome event in the audit trail, or null. The trail has at least that
   * many events.
   */
  auditHead: chainPositionSchema.nullable(),
});
export type Migration = z.infer<typeof migrationSchema>;
