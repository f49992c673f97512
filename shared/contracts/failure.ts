import { z } from 'zod';

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
