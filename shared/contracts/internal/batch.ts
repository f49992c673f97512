import { z } from 'zod';
import { batchIdSchema, migrationIdSchema } from '../ids.ts';

/**
 * These contracts describe the inputs and results of orchestrations and activities. Histories store
 * them, so they are small: references and hashes, no user lists, and no Graph message texts,
 * because those may contain names of people. Unknown members are dropped, because two releases may
 * work on one migration.
 */
export const batchRefSchema = z.object({ migrationId: migrationIdSchema, batchId: batchIdSchema });
export type BatchRef = z.infer<typeof batchRefSchema>;

/**
 * A batch and the orchestration that runs it. The batch's row stores the current owner as `run` and
 * `restarts`. An activity has no effect for an owner that was replaced. `owner` is null for a
 * caller that does not run the batch.
 */
export const ownedBatchSchema = batchRefSchema.extend({
  owner: z.object({ run: z.int(), restarts: z.int() }).nullable().default(null),
});
export type OwnedBatch = z.infer<typeof ownedBatchSchema>;

export const jobRefSchema = ownedBatchSchema.extend({ jobId: z.string() });
export type JobRef = z.infer<typeof jobRefSchema>;

export const doneSchema = z.object({ kind: z.literal('done') });

/** Graph asked to wait. */
export const retryAfterSchema = z.object({ kind: z.literal('retryAfter'), seconds: z.number() });

/** A freeze is in force: nothing was sent to Graph. */
export const frozenSchema = z.object({ kind: z.literal('frozen') });

/** The result of an activity for an owner that was replaced. */
export const supersededSchema = z.object({ kind: z.literal('superseded') });

/**
 * Since when Graph has not shown a job or task that it has shown or accepted before. Null: not at
 * all.
 */
export const sightSchema = z.object({
  /** The first of the latest reads in a row that did not show it, epoch milliseconds. */
  unseenSinceMs: z.number().nullable(),
  /** The first of the latest reads in a row that returned "not found", epoch milliseconds. */
  absentSinceMs: z.number().nullable(),
  /** Whether the outcome `unknown` was recorded. */
  isReported: z.boolean(),
});
export type Sight = z.infer<typeof sightSchema>;

/** Graph shows the job or task. */
export const inSight: Sight = { unseenSinceMs: null, absentSinceMs: null, isReported: false };

/** The input of a batch orchestration: one run of a batch. Each retry is a run of its own. */
export const batchRunSchema = batchRefSchema.extend({
  validateOnly: z.boolean(),
  /**
   * Whether the batch waits for a decision when users fail validation; otherwise it continues
   * without them.
   */
  hold: z.boolean(),
  run: z.int().min(1),
  /** The number of the first new job of this run. */
  firstAttempt: z.int().min(1),
  /** The job of the previous run; null if there is none or its id is not known. */
  jobId: z.string().nullable(),
  /** Whether the previous run may have created a job whose id is not known. */
  isJobUnknown: z.boolean().default(false),
  /** Whether the previous job can migrate the users of this run again. */
  sameJob: z.boolean(),
  /**
   * Whether users of this run had the outcome `unknown`. The previous job is then read before
   * anything else.
   */
  wasUnknown: z.boolean().default(false),
  /** Whether the run continues from the position in the batch's row. */
  resumes: z.boolean().default(false),
  /**
   * How often the run has continued as new. Sub-orchestrations of each generation get ids of their
   * own.
   */
  generation: z.int().default(0),
  /** How often the orchestration of this run was replaced. Only the newest one may act. */
  restarts: z.int().default(0),
});
export type BatchRun = z.infer<typeof batchRunSchema>;

/** Where a run stands that has begun before. */
export const positionSchema = z.object({
  isFinished: z.boolean(),
  attempt: z.int(),
  jobId: z.string().nullable(),
  isJobUnknown: z.boolean(),
  /** The number of users without an outcome. */
  open: z.int(),
});

/**
 * `failure`: the verdict that ended the run. `stopped`: why the run ended early although nothing
 * failed.
 */
export const finishBatchInputSchema = ownedBatchSchema.extend({
  failure: z.string().nullable(),
  stopped: z.string().nullable(),
});
export const finishBatchResultSchema = z.object({ phase: z.string() });

/**
 * Records an unexpected error in the batch's row, or with `isOver` that the batch has continued
 * since.
 */
export const noteTroubleInputSchema = batchRefSchema.extend({
  reason: z.string(),
  isOver: z.boolean().default(false),
});

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
