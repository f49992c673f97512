import { z } from 'zod';
import { batchIdSchema, migrationIdSchema } from '../ids.ts';
import { batchRunSchema, retryAfterSchema } from './batch.ts';

/**
 * The input of a migration orchestration. `runCommandId`: the command that started the run; null
 * for the request.
 */
export const migrationInputSchema = z.object({
  migrationId: migrationIdSchema,
  runCommandId: z.string().nullable().default(null),
  /**
   * Whether an orchestration that has stopped may have begun batches. Each batch is then looked up
   * before it starts.
   */
  resumes: z.boolean().default(false),
  /** The error of the previous generation, as the migration's row shows it. */
  trouble: z.string().nullable().default(null),
  /** Whether only the summary remains to be done. `failure`: why batches were not started. */
  isEnding: z.boolean().default(false),
  failure: z.string().nullable().default(null),
});
export type MigrationInput = z.input<typeof migrationInputSchema>;

/**
 * The input of a lane. A lane runs every `laneCount`th batch, starting with the batch `index`; for
 * a command, only batches of its run. `after`: the last batch that the lane has run.
 */
export const laneInputSchema = z.object({
  migrationId: migrationIdSchema,
  runCommandId: z.string().nullable(),
  after: batchIdSchema.nullable(),
  kind: z.enum(['users', 'sharePoint']),
  validateOnly: z.boolean(),
  hold: z.boolean(),
  index: z.int(),
  laneCount: z.int(),
  batchCount: z.int(),
  /** Whether batches may have begun before. Each is then looked up before it starts. */
  resumes: z.boolean().default(false),
  /** How often in a row the batch that follows `after` has ended with an error. */
  restarts: z.int().default(0),
});
export type LaneInput = z.infer<typeof laneInputSchema>;

/** What the migration orchestration needs to start the lanes. */
export const planResultSchema = z.object({
  kind: z.enum(['users', 'sharePoint']),
  batchCount: z.int(),
  laneCount: z.int(),
  validateOnly: z.boolean(),
  hold: z.boolean(),
  /** Whether the command deletes the jobs of the migration instead of running batches. */
  deletion: z.boolean(),
  /** Whether batches have begun: the lanes were started before. */
  begun: z.boolean().default(false),
});

/** Plans the run of a command (retry, addTasks, deleteJobs). */
export const planRunInputSchema = z.object({
  migrationId: migrationIdSchema,
  runCommandId: z.string(),
  /** The error of the previous try; the migration's row shows it. */
  trouble: z.string().nullable().default(null),
});

/**
 * `retryAfter`: nothing was planned, because Graph does not say whether an added user is in a job
 * already.
 */
export const planRunResultSchema = z.discriminatedUnion('kind', [
  planResultSchema,
  retryAfterSchema,
]);

/**
 * `runCommandId`: null for the batches of the request. `resumes`: batches may have begun before.
 */
export const nextBatchInputSchema = z.object({
  migrationId: migrationIdSchema,
  runCommandId: z.string().nullable(),
  lane: z.int(),
  laneCount: z.int(),
  after: batchIdSchema.nullable(),
  resumes: z.boolean().default(false),
});
export const nextBatchResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('batch'), batch: batchRunSchema }),
]);

/** `runCommandId`: null for the request. */
export const finishMigrationInputSchema = z.object({
  migrationId: migrationIdSchema,
  runCommandId: z.string().nullable(),
  failure: z.string().nullable(),
});

/**
 * `unfinished`: batches of the run have not ended. Nothing was summed up, and the batches must be
 * run again.
 */
export const finishMigrationResultSchema = z.object({
  phase: z.string(),
  unfinished: z.boolean().default(false),
});
