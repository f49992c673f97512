import { z } from 'zod';
import { batchIdSchema, guidSchema, migrationIdSchema } from './ids.ts';
import { sharePointParametersSchema } from './sharePointParameters.ts';

/**
 * The final record of one task. `unknown`: Graph has not shown the task for seven days, or no
 * longer has its job. If Graph shows it again, the outcome is corrected.
 */
export const outcomeSchema = z.enum([
  'succeeded',
  'failed',
  'cancelled',
  'invalid',
  'validated',
  'unknown',
]);
export type Outcome = z.infer<typeof outcomeSchema>;

/**
 * The number of tasks with each outcome. `pending` counts the tasks without one. Every member is
 * always present.
 */
export const outcomeCountsSchema = z.object({
  succeeded: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  invalid: z.int(),
  validated: z.int(),
  unknown: z.int().default(0),
  pending: z.int(),
});
export type OutcomeCounts = z.infer<typeof outcomeCountsSchema>;

/**
 * One error of one workload, as Graph reported it. The error catalogue explains it when it is read.
 */
export const taskErrorSchema = z.object({ code: z.string(), message: z.string() });
export type TaskError = z.infer<typeof taskErrorSchema>;

/**
 * The status of one workload of a task. `status` is Graph's word in lower camel case; an unknown
 * one is unchanged.
 */
export const serviceStatusSchema = z.object({
  service: z.string(),
  status: z.string(),
  message: z.string(),
  errors: z.array(taskErrorSchema),
});
export type ServiceStatus = z.infer<typeof serviceStatusSchema>;

/**
 * The note that the create of a SharePoint task is under way. It is written before the create is
 * sent. `sent`: the create may have taken effect. `reported`: Graph has refused it because the
 * source has a task. `cleared`: Graph has said that it created nothing.
 */
const creationNoteSchema = z.object({
  state: z.enum(['sent', 'reported', 'cleared']).catch('sent'),
  /** When the last create was sent that may have taken effect. */
  sentAt: z.string(),
  /** The last task that the source had before, which has ended. Null if there was none. */
  previousTaskId: z.string().nullable(),
});
export type CreationNote = z.infer<typeof creationNoteSchema>;

/** One task of a migration, as the table `tasks` stores it. */
export const taskSchema = z.object({
  migrationId: migrationIdSchema,
  batchId: batchIdSchema,
  /**
   * The target user's object id, which is also Graph's task id. For a SharePoint task, an id
   * derived from its source.
   */
  taskId: guidSchema,
  sourceUserPrincipalName: z.string().nullable(),
  /**
   * The source of a SharePoint task: a user, the address of a site or the mail nickname of a group.
   * Null for a user of a job.
   */
  source: z.string().nullable(),
  /** The target of a SharePoint task. Null for a user of a job. */
  target: z.string().nullable(),
  /** Graph's parameters of a SharePoint task, as the request has them. Null for a user of a job. */
  parameters: sharePointParametersSchema.nullable(),
  outcome: outcomeSchema.nullable().catch('unknown'),
  /** The outcome before a retry. Restored if the task is removed before a new job is created. */
  outcomeBefore: outcomeSchema.nullable().catch('unknown'),
  /**
   * The last Graph job of the user, or the id of Graph's SharePoint task. Null before it is
   * created.
   */
  jobId: z.string().nullable(),
  /**
   * The note that the create of a SharePoint task is under way. Null before the first create, once
   * `jobId` is known, and for a user of a job.
   */
  creation: creationNoteSchema.nullable().default(null),
  services: z.array(serviceStatusSchema),
  /** The services at the end of validation. Graph discards them when the migration starts. */
  validation: z.array(serviceStatusSchema),
  updatedAt: z.string(),
});
export type Task = z.infer<typeof taskSchema>;

/**
 * Who can fix an error. `nobody`: no admin can; anything that is to be done is up to the requester.
 */
export const whoCanFixSchema = z.enum([
  'sourceAdmin',
  'targetAdmin',
  'licensing',
  'microsoft',
  'nobody',
]);
export type WhoCanFix = z.infer<typeof whoCanFixSchema>;

/**
 * How a failed task can be retried, from the mildest kind to the strictest. `sameJob`: start the
 * same Graph job again. `newJob`: create a new job. `afterFix`: fix the cause first. `never`: a
 * retry does not help.
 */
export const retryKindSchema = z.enum(['sameJob', 'newJob', 'afterFix', 'never']);
export type RetryKind = z.infer<typeof retryKindSchema>;

/**
 * What an error affects. `tenant`: the setup of a tenant, and so every user. `user`: one user or
 * that user's data.
 */
export const failureScopeSchema = z.enum(['tenant', 'user']);
export type FailureScope = z.infer<typeof failureScopeSchema>;

/** The catalogue's explanation of a code. */
const explanation = {
  meaning: z.string(),
  whoCanFix: whoCanFixSchema,
  retry: retryKindSchema,
  scope: failureScopeSchema,
  step: z.string(),
};

/**
 * An explained error. `known` is false for an unpublished code, which is explained by its prefix.
 */
export const explainedErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  known: z.boolean(),
  ...explanation,
});
export type ExplainedError = z.infer<typeof explainedErrorSchema>;

/** Why a task failed or is failing, over all its workloads. Each list has no duplicates. */
export const taskFailureSchema = z.object({
  codes: z.array(z.string()),
  meanings: z.array(z.string()),
  whoCanFix: z.array(whoCanFixSchema),
  retry: retryKindSchema,
  scope: failureScopeSchema,
  steps: z.array(z.string()),
});
export type TaskFailure = z.infer<typeof taskFailureSchema>;

/** The number of users of a batch with a code. A user with two codes is counted under both. */
export const failureReasonSchema = z.object({
  code: z.string(),
  users: z.int(),
  services: z.array(z.string()),
  /** At most five. */
  exampleTaskIds: z.array(z.string()),
});
export type FailureReason = z.infer<typeof failureReasonSchema>;

/** The failures of a batch, as its row stores them. `users` counts each user once. */
export const batchFailuresSchema = z.object({
  users: z.int(),
  reasons: z.array(failureReasonSchema),
});
export type BatchFailures = z.infer<typeof batchFailuresSchema>;

/** One explained reason for a migration's failures. */
export const failureClusterSchema = failureReasonSchema.extend({
  known: z.boolean(),
  ...explanation,
});
export type FailureCluster = z.infer<typeof failureClusterSchema>;

/**
 * Returns the ledger key of a task: that of its target user, or of the source of a SharePoint task.
 */
export function ledgerKey({ taskId, parameters }: Pick<Task, 'taskId' | 'parameters'>): string {
  return `${parameters === null ? 'user' : 'source'}:${taskId}`;
}

/**
 * Returns whether a SharePoint task has `validateOnly` set. It moves nothing, so the ledger does
 * not reserve its source.
 */
export function isOnlyValidated({ parameters }: Pick<Task, 'parameters'>): boolean {
  return parameters?.validateOnly === true;
}
