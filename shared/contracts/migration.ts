import { z } from 'zod';
import { chainPositionSchema } from './audit.ts';
import { batchIdSchema, migrationIdSchema } from './ids.ts';
import { exchangeSettingsSchema, workloadSchema } from './request.ts';
import { batchFailuresSchema, outcomeCountsSchema } from './task.ts';

/** Why a batch needs a person, in one word. */
export const personNeedSchema = z.enum([
  'adminActionRequired',
  'unknownStatus',
  'notCuttingOver',
  'invalidUsers',
  'outOfSight',
]);
export type PersonNeed = z.infer<typeof personNeedSchema>;

/** Where a batch is. The last four are final. */
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

/** Where a migration is. The last four are final. */
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

/** The phases after which nothing comes, unless somebody asks for a retry. */
export const finalPhaseSchema = z.enum(['completed', 'completedWithErrors', 'failed', 'cancelled']);
export type FinalPhase = z.infer<typeof finalPhaseSchema>;

/** `authenticated`: signed in; `named`: by a caller with a function key; `claimed`: by a queue message, whose sender nobody knows. */
export const requesterKindSchema = z.enum(['authenticated', 'named', 'claimed']);

/** An operation of Graph that is tried again and again. */
export const delayedOperationSchema = z.object({
  /** Such as `get job` or `create job`. */
  operation: z.string(),
  sinceAt: z.string(),
  /** Status, codes, Graph's words with addresses masked, and its request-id. */
  lastResponse: z.string(),
});
export type DelayedOperation = z.infer<typeof delayedOperationSchema>;

/** `isAsked`: Graph has asked for the wait, and commands that arrive meanwhile wait as well. Instants are ISO 8601 in UTC. */
const commandTrySchema = z.object({ at: z.string(), untilAt: z.string(), isAsked: z.boolean() });

/** A batch as `GET /migrations/{id}` shows it and the table `batches` holds it. Instants are ISO 8601 in UTC. */
export const batchSchema = z.object({
  migrationId: migrationIdSchema,
  batchId: batchIdSchema,
  phase: batchPhaseSchema.catch('syncing'),
  taskCount: z.int(),
  counts: outcomeCountsSchema,
  /** Who fails for which reasons; null until the tasks are recorded for the first time. */
  failures: batchFailuresSchema.nullable(),
  /** 1 for the first job; one more for every fresh job without the users who failed validation. */
  attempt: z.int(),
  jobId: z.string().nullable(),
  jobDisplayName: z.string().nullable(),
  /** Which try of the create was sent last: an activity that finds its own try here was run before, and what it came to was lost. Null before the first one. */
  createSentAs: z.string().nullable().catch(null),
  jobStatus: z.string().nullable(),
  /** Why the batch stands as it does, when there is something to say. */
  message: z.string().nullable(),
  /** The orchestration that waits for the batch: a command rings its bell. */
  waiterId: z.string().nullable(),
  /** Why the batch needs a person now; null when it does not. What to do is in the message. */
  needsPerson: personNeedSchema.nullable().catch('unknownStatus'),
  /** The operation that Graph puts off or refuses for now, since when, and its last answer; null when none is tried again. */
  delayedOperation: delayedOperationSchema.nullable(),
  /** Since when Graph has not shown the job; null while it does. */
  outOfSightAt: z.string().nullable(),
  /** When one of the SharePoint tasks of the batch last tried the open commands, and until when none tries them again; null when none was tried. */
  commandTry: commandTrySchema.nullable().catch(null),
  /** A retry that waits until the job is in sight again or known to be gone; null for none. */
  retryCommandId: z.string().nullable(),
  /** 1 for the request's own run; one more for every retry. */
  run: z.int(),
  /** How often the orchestration of the batch was replaced by a new one. Only the newest one of the current run may write to the batch. */
  restarts: z.int().catch(0),
  /** The number of the first fresh job of the run; null in rows of an earlier release. */
  firstAttempt: z.int().nullable().catch(null),
  /** When the batch was let through to its cutover on the strength of an approval; null where it was not, or validates anew since. */
  clearedAt: z.string().nullable(),
  /** Since when an approval from before does not hold: the app began to validate anew then, after the batch had been let through. */
  approveAfter: z.string().nullable(),
  /** The command that this run comes from; null for the request. */
  runCommandId: z.string().nullable(),
  updatedAt: z.string(),
  finishedAt: z.string().nullable(),
});
export type Batch = z.infer<typeof batchSchema>;

/** A migration as the lists show it and the table `migrations` holds it. Instants are ISO 8601 in UTC. */
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
  /** Users in a batch, as it was set when the request was accepted: a later setting must not split it anew. */
  batchSize: z.int(),
  /** What the requester is called; null where nobody is named. */
  requestedBy: z.string().nullable(),
  /** Who the requester is: tenant and object id, where they were signed in. Comparisons are made on this. */
  requestedById: z.string().nullable(),
  requestedByKind: requesterKindSchema.nullable().catch('claimed'),
  /** Of a queue message that somebody who was signed in has replayed: the requester that the message itself names. */
  claimedBy: z.string().nullable(),
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
  /** The place of the last outcome event in the audit trail; null until there is one. The trail has at least as many events. */
  auditHead: chainPositionSchema.nullable(),
});
export type Migration = z.infer<typeof migrationSchema>;
