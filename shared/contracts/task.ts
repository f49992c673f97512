import { z } from 'zod';
import { batchIdSchema, guidSchema, migrationIdSchema } from './ids.ts';
import { sharePointParametersSchema } from './sharePointParameters.ts';

/**
 * Our final record of one task. `unknown`: Graph has not shown the task for seven days, or does not have its job any more; a later
 * sighting corrects it. `pending` stands in counts for tasks that have no outcome yet.
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

/** How many tasks have which outcome; every name is always present. */
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

/**
 * Whose move it is. `nobody`: no admin has anything to mend; what remains, if anything, is up to whoever sent the request.
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
 * From the mildest to the strictest. `sameJob`: start the same Graph job again. `newJob`: only a fresh job will do.
 * `afterFix`: nothing will do before somebody has mended the cause. `never`: there is nothing to try again.
 */
export const retryKindSchema = z.enum(['sameJob', 'newJob', 'afterFix', 'never']);
export type RetryKind = z.infer<typeof retryKindSchema>;

/** `tenant`: the cause lies in a tenant's setup and hits every user. `user`: it lies with the user or the user's data. */
export const failureScopeSchema = z.enum(['tenant', 'user']);
export type FailureScope = z.infer<typeof failureScopeSchema>;

/** What the catalogue says of a code. */
const explanation = {
  meaning: z.string(),
  whoCanFix: whoCanFixSchema,
  retry: retryKindSchema,
  scope: failureScopeSchema,
  step: z.string(),
};

/** One error as the lists show it. `known` is false for a code that is not published and was classed by its prefix. */
export const explainedErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  known: z.boolean(),
  ...explanation,
});
export type ExplainedError = z.infer<typeof explainedErrorSchema>;

/** Why a task has failed, or fails now, over all its workloads: each code, person and step once. */
export const taskFailureSchema = z.object({
  codes: z.array(z.string()),
  meanings: z.array(z.string()),
  whoCanFix: z.array(whoCanFixSchema),
  retry: retryKindSchema,
  scope: failureScopeSchema,
  steps: z.array(z.string()),
});
export type TaskFailure = z.infer<typeof taskFailureSchema>;

/** How many users of a batch have which code; a user with two codes is counted under both. */
export const failureReasonSchema = z.object({
  code: z.string(),
  users: z.int(),
  services: z.array(z.string()),
  /** At most five. */
  exampleTaskIds: z.array(z.string()),
});
export type FailureReason = z.infer<typeof failureReasonSchema>;

/** The failures of a batch as its row keeps them: `users` counts everybody once. */
export const batchFailuresSchema = z.object({
  users: z.int(),
  reasons: z.array(failureReasonSchema),
});
export type BatchFailures = z.infer<typeof batchFailuresSchema>;

/** One reason of a migration's failures, explained. */
export const failureClusterSchema = failureReasonSchema.extend({
  known: z.boolean(),
  ...explanation,
});
export type FailureCluster = z.infer<typeof failureClusterSchema>;
