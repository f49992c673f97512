import { z } from 'zod';
import { commandKindSchema, commandVerdictSchema } from '../command.ts';
import { batchIdSchema, migrationIdSchema } from '../ids.ts';
import { frozenSchema, jobRefSchema, ownedBatchSchema } from './batch.ts';

/**
 * The step before which a batch waits. `sinceMs`: since when the batch is held because users failed
 * validation.
 */
const checkpointShape = {
  stage: z.enum(['create', 'migrate', 'selfStarted', 'hold']),
  sinceMs: z.number(),
};

/**
 * The input of a checkpoint orchestration. `jobId`: the job that receives commands meanwhile; null
 * before it exists.
 */
export const checkpointInputSchema = ownedBatchSchema.extend({
  ...checkpointShape,
  kind: z.enum(['users', 'sharePoint']).default('users'),
  jobId: z.string().nullable().default(null),
  tries: z.int().default(0),
});
export type CheckpointInput = z.infer<typeof checkpointInputSchema>;

/** How a wait has ended. `revalidate` and `continueWithout` occur only in the stage `hold`. */
export const checkpointResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('stop'), reason: z.string() }),
  z.object({ kind: z.enum(['go', 'revalidate', 'continueWithout']) }),
]);
export type CheckpointResult = z.infer<typeof checkpointResultSchema>;

/** `waiterId`: the orchestration that receives the wake-up event when a command arrives. */
export const readCheckpointInputSchema = ownedBatchSchema.extend({
  ...checkpointShape,
  waiterId: z.string().nullable(),
});
export const readCheckpointResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('go') }),
  z.object({ kind: z.literal('stop'), reason: z.string() }),
  z.object({ kind: z.literal('wait'), untilMs: z.number().nullable() }),
  /** The quota has no capacity for the OneDrives of the batch. */
  z.object({ kind: z.literal('full') }),
  frozenSchema,
  /** Commands must be handled first. */
  z.object({ kind: z.literal('commands') }),
]);

/** A command that has no final result for a batch. It contains no names of people. */
const pendingCommandSchema = z.object({
  commandId: z.string(),
  kind: commandKindSchema,
  completeAfterDateTime: z.string().nullable(),
  taskId: z.string().nullable(),
  continueWithout: z.boolean().nullable(),
  acceptedAt: z.string(),
  /** Whether it was sent while Graph did not show the job. */
  isUnconfirmed: z.boolean().default(false),
  /** Whether a later command replaces it. Sent again, it would undo the later one. */
  isOvertaken: z.boolean().default(false),
});
export type PendingCommand = z.infer<typeof pendingCommandSchema>;

/** `more`: further commands without a result follow. */
export const readCommandsResultSchema = z.object({
  commands: z.array(pendingCommandSchema),
  more: z.boolean().default(false),
});

export const recordCommandResultInputSchema = ownedBatchSchema.extend({
  commandId: z.string(),
  verdict: commandVerdictSchema,
  detail: z.string(),
});

/**
 * Removes a user from a batch. `wasInJob`: the user was in the job of this run, so the previous
 * outcome is not restored.
 */
export const dropTaskInputSchema = ownedBatchSchema.extend({
  taskId: z.string(),
  wasInJob: z.boolean().default(false),
});

/** `outcome`: the outcome that the task had already; null if it had none. */
export const droppedSchema = z.object({ kind: z.literal('done'), outcome: z.string().nullable() });

/**
 * Clears outcomes before a new try. `invalid`: users who failed validation in the job. `unknown`:
 * users whose job is gone.
 */
export const reopenTasksInputSchema = jobRefSchema.extend({
  outcome: z.enum(['invalid', 'unknown']).default('invalid'),
});

/**
 * `needsNewJob`: the job contains a user who stays out, so it must be replaced before anybody in it
 * is migrated.
 */
export const reopenedSchema = z.object({
  kind: z.literal('done'),
  needsNewJob: z.boolean().default(false),
});

/** The input of a deletion orchestration, which deletes the jobs of a command one by one. */
export const deletionInputSchema = z.object({
  migrationId: migrationIdSchema,
  runCommandId: z.string(),
  /** The batch whose job was handled last; null before the first. */
  after: batchIdSchema.nullable(),
  /** How often Graph did not show the job that is next. */
  tries: z.int().default(0),
});
export type DeletionInput = z.infer<typeof deletionInputSchema>;

/** `none`: every job of the command was handled. */
export const nextJobResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('job'), job: jobRefSchema }),
]);
