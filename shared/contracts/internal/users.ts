import { z } from 'zod';
import {
  frozenSchema,
  inSight,
  jobRefSchema,
  ownedBatchSchema,
  retryAfterSchema,
  sightSchema,
} from './batch.ts';

/** Status, codes and request-id of a Graph problem, without its message text. */
const refusal = { reason: z.string() };

/** Whether this is a repeated try. If it succeeds, the delay is removed from the batch's row. */
const delayed = { delayed: z.boolean().default(false) };

/** The call may have taken effect. `seconds`: the wait that Graph asked for; 0 for none. */
const unknownSchema = z.object({
  kind: z.literal('unknown'),
  seconds: z.number().default(0),
  ...refusal,
});

const jobFoundSchema = z.object({
  kind: z.literal('done'),
  jobId: z.string(),
  status: z.string(),
});

/** A job of a batch by its number. The first job of a batch is attempt 1. */
export const jobAttemptSchema = ownedBatchSchema.extend({ attempt: z.int().min(1) });
export type JobAttempt = z.infer<typeof jobAttemptSchema>;

/**
 * `tries`: the tries of this create, counted from 1. A try that runs twice does not send the create
 * twice.
 */
export const createJobInputSchema = jobAttemptSchema.extend({ tries: z.int().min(1) });

/**
 * `noUsers`: every user of the batch has an outcome. After `exists` and `unknown`, look up the job
 * by its name.
 */
export const createJobResultSchema = z.discriminatedUnion('kind', [
  jobFoundSchema,
  retryAfterSchema,
  z.object({ kind: z.literal('noUsers') }),
  frozenSchema,
  unknownSchema,
  z.object({ kind: z.enum(['exists', 'rejected']), ...refusal }),
]);

/**
 * The result of a look-up by name. `mismatch`: a job has the name of this batch but other content;
 * a person must resolve that. `notSeen`: Graph does not say whether the job exists.
 */
export const findJobResultSchema = z.discriminatedUnion('kind', [
  jobFoundSchema,
  z.object({
    kind: z.literal('notSeen'),
    /** The wait that Graph asked for; 0 for none. */
    seconds: z.number(),
    /** The cutover date of the migration. */
    completeAfterMs: z.number().nullable(),
    /** Whether a job of this name exists but its users cannot be read. */
    exists: z.boolean().default(false),
    ...refusal,
  }),
  z.object({ kind: z.enum(['notFound', 'mismatch']), ...refusal }),
]);

/** The input of validate, migrate, cancel and delete. */
export const actionInputSchema = jobRefSchema.extend(delayed);
export const updateJobInputSchema = actionInputSchema.extend({ completeAfterDateTime: z.string() });
export const cancelTaskInputSchema = actionInputSchema.extend({ taskId: z.string() });
export const updateTaskInputSchema = actionInputSchema.extend({
  taskId: z.string(),
  commandId: z.string(),
});

/** The result of every action on a job. */
export const actionResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done') }),
  retryAfterSchema,
  unknownSchema,
  frozenSchema,
  z.object({ kind: z.enum(['conflict', 'notFound', 'rejected']), ...refusal }),
]);
export type ActionResult = z.infer<typeof actionResultSchema>;

/** One status check of a job. */
export const pollJobInputSchema = jobRefSchema.extend({
  lastStatus: z.string().nullable(),
  lastNeed: z.string().nullable(),
  /**
   * The orchestration that receives the wake-up event when a command arrives; null for a single
   * read.
   */
  waiterId: z.string().nullable(),
  /** The sight before this read. */
  sight: sightSchema.default(inSight),
  /** The cutover date that the job had when Graph last showed it. */
  completeAfterMs: z.number().nullable().default(null),
});

const pendingCommands = {
  /** Whether commands of the batch have no result or the result `unconfirmed`. */
  hasCommands: z.boolean(),
  /** Whether commands of the batch have the result `unconfirmed`. */
  hasUnconfirmed: z.boolean().default(false),
};
export const pollJobResultSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('done'),
    status: z.string(),
    completeAfterMs: z.number().nullable(),
    need: z.string().nullable(),
    ...pendingCommands,
  }),
  /** Graph does not show the job. */
  z.object({
    kind: z.literal('notSeen'),
    /** The wait that Graph asked for; 0 for none. */
    seconds: z.number(),
    /** Whether Graph returned "not found" for both the id and the name. */
    isAbsent: z.boolean(),
    /** Whether its deletion was seen or accepted before. */
    isDeleted: z.boolean(),
    /** Whether a retry waits for the job to be seen or gone. */
    isRetryRequested: z.boolean(),
    /** The cutover date of the migration. */
    completeAfterMs: z.number().nullable(),
    /** The status that was seen last. */
    status: z.string().nullable().default(null),
    ...refusal,
    ...pendingCommands,
  }),
  /** The batch was ended from outside: its record is final. */
  z.object({ kind: z.literal('ended') }),
]);
export type JobNotSeen = Extract<z.infer<typeof pollJobResultSchema>, { kind: 'notSeen' }>;

/**
 * When outcomes are recorded. `progress`: while the job runs; no outcomes. `validated`: after
 * validation; invalid users get their outcome. `validateOnly`: after validation; every user gets an
 * outcome. `migrated`: after the end of the job; every user gets an outcome. `previousRun`: before
 * a new job; users whom the previous job has moved get their outcome.
 */
export const recordStageSchema = z.enum([
  'progress',
  'validated',
  'validateOnly',
  'migrated',
  'previousRun',
]);
export type RecordStage = z.infer<typeof recordStageSchema>;

export const recordTasksInputSchema = jobRefSchema.extend({
  stage: recordStageSchema,
  lastStatusHash: z.string().nullable(),
  /** The status with which the job has ended; null if it has not ended. */
  jobStatus: z.string().nullable().default(null),
  /**
   * Whether Graph has reported the same for a day. Users without a final status are then recorded
   * as `unknown`.
   */
  isConfirmed: z.boolean().default(false),
  ...delayed,
});

/**
 * `notSeen`: Graph has not reported every user. `isAbsent`: Graph responded, and a day of such
 * responses is final.
 */
export const recordTasksResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), statusHash: z.string() }),
  z.object({
    kind: z.literal('notSeen'),
    seconds: z.number(),
    isAbsent: z.boolean(),
    completeAfterMs: z.number().nullable(),
    ...refusal,
  }),
]);

/**
 * Gives the outcome `unknown` to users without an outcome. `jobId`: null if only the name of the
 * job is known.
 */
export const recordUnknownInputSchema = ownedBatchSchema.extend({
  jobId: z.string().nullable(),
  sinceMs: z.number(),
  isGone: z.boolean(),
});

/** The input of a watch orchestration, and its state from one generation to the next. */
export const watchInputSchema = jobRefSchema.extend({
  goal: z.enum(['validated', 'migrated', 'cancelled']),
  /** Whether the watch ends as soon as Graph shows the job, whatever its status is. */
  untilSeen: z.boolean().default(false),
  checks: z.int(),
  status: z.string().nullable(),
  need: z.string().nullable(),
  statusHash: z.string().nullable(),
  /** The cutover date that the job had when Graph last showed it. */
  completeAfterMs: z.number().nullable().default(null),
  sight: sightSchema.default(inSight),
  /** Status checks in a row after which a command still had no result. */
  commandTries: z.int().default(0),
  /** Whether the batch's row may show an unexpected error. */
  isTroubled: z.boolean().default(false),
  /** The wait that Graph asked for before the first check; 0 for none. */
  askedSeconds: z.number().default(0),
});
export type WatchInput = z.infer<typeof watchInputSchema>;

/**
 * The status of the job at the end of a watch, or one of two words of this app: `gone` (deleted, or
 * not found for a day) and `outOfSight` (not shown again before it could no longer cut over).
 * `needsNewJob`: the job is gone and a retry waits.
 */
export const watchResultSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), status: z.string(), needsNewJob: z.boolean().default(false) }),
  z.object({ ok: z.literal(false), reason: z.string() }),
]);
export type WatchResult = z.infer<typeof watchResultSchema>;
