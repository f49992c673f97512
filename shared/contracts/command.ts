import { z } from 'zod';
import { batchIdSchema, guidSchema, migrationIdSchema } from './ids.ts';
import { requestedUserSchema, usersRequestSchema } from './request.ts';
import { isPlainLines, isPlainText, notPlainText, personNameSchema } from './text.ts';

/** What may be written into a `crossTenantMigrationTask` (Graph: update crossTenantMigrationTask), where the tenant's API offers it. */
export const taskUpdateSchema = z.strictObject({
  taskType: z.string().min(1).max(64).refine(isPlainText, notPlainText).default('users'),
  /** Left out: the instant at which the update is sent. */
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

/** What a person or program asks of a running migration. */
export const commandKindSchema = z.enum([
  'approve',
  'reject',
  'cancel',
  'reschedule',
  'pause',
  'resume',
  'cancelTask',
  'retry',
  'revalidate',
  'addTasks',
  'updateTask',
  'deleteJobs',
]);
export type CommandKind = z.infer<typeof commandKindSchema>;

/**
 * `partlyApplied`: to some of the batch's tasks; `tooLate`: what it asks for cannot be had any more (409); `gone`: there is nothing left to
 * ask it of (404); `unconfirmed`: it was sent, or could not be, while Graph did not show the job. It is tried again at every status check, and
 * a later answer takes its place.
 */
export const commandVerdictSchema = z.enum([
  'applied',
  'partlyApplied',
  'tooLate',
  'gone',
  'refused',
  'unconfirmed',
]);
export type CommandVerdict = z.infer<typeof commandVerdictSchema>;

const who = {
  /** Who asks. Needed for decisions, deletions and additions with function keys; with Entra the caller's identity counts, and this is ignored. */
  by: personNameSchema.optional(),
  reason: z.string().max(1_000).refine(isPlainLines, notPlainText).optional(),
};
const instant = z.iso.datetime({
  offset: true,
  error: 'must be an ISO 8601 instant with Z or an offset',
});

/** The bodies of `POST /migrations/{id}/<verb>`; a verb without members of its own takes an empty body as well. */
export const commandBodySchema = z.strictObject(who);
export const decisionBodySchema = z.strictObject({
  ...who,
  /** The request for approval that is decided on, as `GET /migrations/{id}` and the event name it. */
  approvalId: z.string().min(1).max(100).optional(),
});
export const rescheduleBodySchema = z.strictObject({ ...who, completeAfterDateTime: instant });
/** `continueWithout`: the users who are still invalid stay behind and the others go on. */
export const revalidateBodySchema = z.strictObject({
  ...who,
  continueWithout: z.boolean().default(false),
});
export const addTasksBodySchema = z.strictObject({
  ...who,
  users: z.array(requestedUserSchema).min(1, 'must name at least one user').max(1_000),
  /** What becomes of the command when a user is in another migration or was moved by one, as for a request. */
  onConflict: usersRequestSchema.shape.onConflict,
});
export const updateTaskBodySchema = z.strictObject({ ...who, ...taskUpdateSchema.shape });

/** Deletion cannot be undone: the migration's name, typed once more, confirms it. */
export const deleteJobsBodySchema = z.strictObject({
  ...who,
  confirmName: z.string('is missing: repeat the name of the migration'),
});

/** A command as it was accepted: a row that is never changed. */
export const commandSchema = z.object({
  migrationId: migrationIdSchema,
  commandId: z.string().regex(/^\d{13}-[0-9a-f]{12}$/),
  kind: commandKindSchema,
  /** What the asker is called, for people to read. */
  by: z.string().nullable(),
  /** Who the asker is: tenant and object id, where they were signed in. Comparisons are made on this. */
  byId: z.string().nullable(),
  reason: z.string().nullable(),
  completeAfterDateTime: z.string().nullable(),
  taskId: guidSchema.nullable(),
  /** Of revalidate: those who are still invalid stay behind. */
  continueWithout: z.boolean().nullable(),
  /** Of updateTask: what to write into Graph's task. */
  update: taskUpdateSchema.nullable(),
  /** Of approve and reject: the request for approval that it decides on. */
  approvalId: z.string().nullable(),
  /** The batches that must answer; empty for a command that takes effect as a row. */
  targets: z.array(batchIdSchema),
  acceptedAt: z.string(),
});
export type Command = z.infer<typeof commandSchema>;

/** What became of a command in one batch (or, without a batch, at once): a row of its own. It is written once, except that a later result takes the place of `unconfirmed`. */
export const commandResultSchema = z.object({
  migrationId: migrationIdSchema,
  commandId: z.string(),
  batchId: batchIdSchema.nullable(),
  verdict: commandVerdictSchema.catch('unconfirmed'),
  detail: z.string(),
  decidedAt: z.string(),
});
export type CommandResult = z.infer<typeof commandResultSchema>;

/** A command with what has become of it so far, as `GET /migrations/{id}/commands` shows it. */
export const commandWithResultsSchema = commandSchema.extend({
  state: z.enum(['pending', ...commandVerdictSchema.options]),
  results: z.array(commandResultSchema.omit({ migrationId: true, commandId: true })),
});
export type CommandWithResults = z.infer<typeof commandWithResultsSchema>;

/**
 * A request for approval: it covers the tasks that had no outcome when it was made, and nobody else. A migration has one after the other: the next one is
 * made only when the last one is decided and somebody who is not covered, or whose validation was renewed, stands before the cutover.
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

/** The one decision on a request for approval; whoever writes it first decides. */
export const decisionSchema = z.object({
  migrationId: migrationIdSchema,
  /** The number of the request that it decides on. */
  number: z.int().min(1),
  verdict: z.enum(['approved', 'rejected', 'timedOut']),
  by: z.string().nullable(),
  byId: z.string().nullable(),
  reason: z.string().nullable(),
  decidedAt: z.string(),
});
export type Decision = z.infer<typeof decisionSchema>;

/** A request for approval with its decision, if there is one. */
export interface Approval extends ApprovalRequest {
  readonly decision: Decision | undefined;
}

/** Everything that was asked of a migration and decided about it. */
export interface CommandLog {
  /** Oldest first. */
  readonly commands: readonly Command[];
  readonly results: readonly CommandResult[];
  /** Oldest first; only the last one may be without a decision. */
  readonly approvals: readonly Approval[];
}

/** A freeze in force: nothing new is created or migrated in any migration until it is lifted. `since` is ISO 8601 in UTC. */
export const freezeSchema = z.object({
  since: z.string(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
});
export type Freeze = z.infer<typeof freezeSchema>;

/** What was asked about freezing everything: a row that is never changed, except that `isRecorded` becomes true. */
export const freezeCommandSchema = z.object({
  /** 1, 2, 3, … in the order in which they took effect. */
  sequence: z.int().min(1),
  kind: z.enum(['freeze', 'unfreeze']),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  askedAt: z.string(),
  /** False where what was asked for was in force already. */
  isEffective: z.boolean(),
  /** When the freeze began that it has put in force, found in force or lifted; null where there was none to lift. */
  since: z.string().nullable(),
  /** Whether it is in the audit trail and was told to the queue of outcomes. */
  isRecorded: z.boolean(),
});
export type FreezeCommand = z.infer<typeof freezeCommandSchema>;
