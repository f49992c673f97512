import { z } from 'zod';
import { batchIdSchema, guidSchema, migrationIdSchema } from './ids.ts';
import { isPlainLines, isPlainText, notPlainText, personNameSchema } from './text.ts';

/**
 * The members of a `crossTenantMigrationTask` that a caller may write (Graph: update
 * crossTenantMigrationTask), if the tenant's API supports it.
 */
export const taskUpdateSchema = z.strictObject({
  taskType: z.string().min(1).max(64).refine(isPlainText, notPlainText).default('users'),
  /** Defaults to the time at which the update is sent. */
  lastUpdatedDateTime: z.iso
    .datetime({ offset: true, error: 'must be an ISO 8601 instant with Z or an offset' })
    .optional(),
  currentStatus: z
    .array(
      z.strictObject({
        service: z.string().min(1).max(64).refine(isPlainText, notPlainText),
        status: z.string().min(1).max(64).refine(isPlainText, notPlainText),
        message: z.string().max(1_000).refine(isPlainLines, notPlainText).default(''),
      }),
    )
    .max(20)
    .optional(),
});
export type TaskUpdate = z.infer<typeof taskUpdateSchema>;

/** The kinds of command that an orchestration of their own executes, a run. */
export const runKinds = ['retry', 'addTasks', 'deleteJobs'] as const;

/** The kinds of command that a caller can send to a migration. */
export const commandKindSchema = z.enum([
  'approve',
  'reject',
  'cancel',
  'reschedule',
  'pause',
  'resume',
  'cancelTask',
  'revalidate',
  'updateTask',
  'addNote',
  ...runKinds,
]);
export type CommandKind = z.infer<typeof commandKindSchema>;

/**
 * What became of a command in a batch.
 * - `applied`: it took effect.
 * - `partlyApplied`: it took effect for some of the batch's tasks.
 * - `tooLate`: it can no longer take effect (Graph: 409).
 * - `notFound`: its job or task no longer exists (Graph: 404).
 * - `refused`: Graph refused it, or it is not supported for the batch.
 * - `unconfirmed`: it was sent, or could not be sent, while Graph did not show the job. The app
 *   repeats it at every status check, and a later result replaces this one.
 */
export const commandVerdictSchema = z.enum([
  'applied',
  'partlyApplied',
  'tooLate',
  'notFound',
  'refused',
  'unconfirmed',
]);
export type CommandVerdict = z.infer<typeof commandVerdictSchema>;

/** The body of a command without members of its own. It may be empty. */
export const commandBodySchema = z.strictObject({
  /**
   * The caller's name. With function keys it is required for decisions, deletions and additions.
   * With Entra it is ignored: the identity of the caller counts.
   */
  by: personNameSchema.optional(),
  reason: z.string().max(1_000).refine(isPlainLines, notPlainText).optional(),
});

/** An accepted command: a row that never changes. */
export const commandSchema = z.object({
  migrationId: migrationIdSchema,
  commandId: z.string().regex(/^\d{13}-[0-9a-f]{12}$/),
  kind: commandKindSchema,
  /** The caller's name, for display. */
  by: z.string().nullable(),
  /** The caller's tenant and object id if they signed in. Used to compare identities. */
  byId: z.string().nullable(),
  reason: z.string().nullable(),
  completeAfterDateTime: z.string().nullable(),
  taskId: guidSchema.nullable(),
  /** For revalidate: whether to leave out users who are still invalid. */
  continueWithout: z.boolean().nullable(),
  /** For updateTask: what to write into Graph's task. */
  update: taskUpdateSchema.nullable(),
  /** For approve and reject: the approval request to decide on. */
  approvalId: z.string().nullable(),
  /**
   * The batches that must report a result. Empty for a command that takes effect as soon as it is
   * stored.
   */
  targets: z.array(batchIdSchema),
  acceptedAt: z.string(),
});
export type Command = z.infer<typeof commandSchema>;

/**
 * The result of a command in one batch, or of the command as a whole if `batchId` is null. The row
 * is written once, except that a later result replaces `unconfirmed`.
 */
export const commandResultSchema = z.object({
  migrationId: migrationIdSchema,
  commandId: z.string(),
  batchId: batchIdSchema.nullable(),
  verdict: commandVerdictSchema.catch('unconfirmed'),
  detail: z.string(),
  decidedAt: z.string(),
});
export type CommandResult = z.infer<typeof commandResultSchema>;

/** A command with its results so far, as `GET /migrations/{id}/commands` returns it. */
export const commandWithResultsSchema = commandSchema.extend({
  state: z.enum(['pending', ...commandVerdictSchema.options]),
  results: z.array(commandResultSchema.omit({ migrationId: true, commandId: true })),
});
export type CommandWithResults = z.infer<typeof commandWithResultsSchema>;

/**
 * A request to approve a cutover. It covers only the tasks that had no outcome when it was made. A
 * migration has at most one undecided request. The next one is made when the last one is decided
 * and the cutover includes tasks that it does not cover or that were validated again.
 */
export const approvalRequestSchema = z.object({
  migrationId: migrationIdSchema,
  /** 1, 2, 3, … in a migration. */
  number: z.int().min(1),
  /** The number and the first digits of the hash. */
  approvalId: z.string(),
  /** How many tasks it covers, and SHA-256 over their sorted ids. */
  taskCount: z.int(),
  tasksHash: z.string(),
  requestedAt: z.string(),
});
export type ApprovalRequest = z.infer<typeof approvalRequestSchema>;

/** The decision on an approval request. The first decision to be stored counts. */
export const decisionSchema = z.object({
  migrationId: migrationIdSchema,
  /** The number of the approval request. */
  number: z.int().min(1),
  verdict: z.enum(['approved', 'rejected', 'timedOut']),
  by: z.string().nullable(),
  byId: z.string().nullable(),
  reason: z.string().nullable(),
  decidedAt: z.string(),
});
export type Decision = z.infer<typeof decisionSchema>;

/** An approval request with its decision, if there is one. */
export interface Approval extends ApprovalRequest {
  readonly decision: Decision | undefined;
}

/** All commands, results and approvals of a migration. */
export interface CommandLog {
  /** Oldest first. */
  readonly commands: readonly Command[];
  readonly results: readonly CommandResult[];
  /** Oldest first. Only the last one may be undecided. */
  readonly approvals: readonly Approval[];
}

/**
 * The current freeze: no migration creates or migrates anything new until it is lifted. `since` is
 * ISO 8601 in UTC.
 */
export const freezeSchema = z.object({
  since: z.string(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
});
export type Freeze = z.infer<typeof freezeSchema>;

/**
 * A freeze or unfreeze command: a row that never changes, except that `isRecorded` becomes true.
 */
export const freezeCommandSchema = z.object({
  /** 1, 2, 3, … in the order in which they took effect. */
  sequence: z.int().min(1),
  kind: z.enum(['freeze', 'unfreeze']),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  askedAt: z.string(),
  /** False if the command changed nothing. */
  isEffective: z.boolean(),
  /**
   * When the freeze began that the command started, found or lifted. Null if there was none to
   * lift.
   */
  since: z.string().nullable(),
  /** Whether the audit trail and the queue of outcomes have it. */
  isRecorded: z.boolean(),
});
export type FreezeCommand = z.infer<typeof freezeCommandSchema>;
