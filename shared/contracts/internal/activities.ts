import { z } from 'zod';
import { commandKindSchema, commandVerdictSchema } from '../command.ts';
import { batchIdSchema, migrationIdSchema } from '../ids.ts';

/** Since when Graph has not shown something that it has shown, or taken, before. Instants are epoch milliseconds, null for not at all. */
export const sightSchema = z.object({
  /** Since when no read has shown it. */
  unseenSinceMs: z.number().nullable(),
  /** Since when every read has answered "not found". */
  absentSinceMs: z.number().nullable(),
  /** Its outcome `unknown` is on record. */
  isReported: z.boolean(),
});
export type Sight = z.infer<typeof sightSchema>;

/** Something that Graph shows. */
export const inSight: Sight = { unseenSinceMs: null, absentSinceMs: null, isReported: false };

/**
 * What orchestrators and activities say to each other. Small on purpose: users and their statuses stay in storage, the
 * histories hold references and digests. Graph's message texts stay out as well, because they may name people. Members that a later release
 * has added are dropped, because two releases may work on one migration.
 */
export const batchRefSchema = z.object({ migrationId: migrationIdSchema, batchId: batchIdSchema });
export type BatchRef = z.infer<typeof batchRefSchema>;

/**
 * A batch, and the orchestration that works for it: `run` and `restarts` as the batch's row names its owner. An activity does nothing for one
 * that was replaced. Null where nobody owns the batch.
 */
export const ownedBatchSchema = batchRefSchema.extend({
  owner: z.object({ run: z.int(), restarts: z.int() }).nullable().default(null),
});
export type OwnedBatch = z.infer<typeof ownedBatchSchema>;

/** What an activity answers to an orchestration that another one has replaced. */
export const supersededSchema = z.object({ kind: z.literal('superseded') });

/** One run of a batch through the chain; a retry is a run of its own. */
export const batchRunSchema = batchRefSchema.extend({
  validateOnly: z.boolean(),
  /** Whether a batch waits with its invalid users, or goes on without them. */
  hold: z.boolean(),
  run: z.int().min(1),
  /** The number of the first fresh job of this run. */
  firstAttempt: z.int().min(1),
  /** The job of the run before; null when there is none. */
  jobId: z.string().nullable(),
  /** Whether the run before may have left a job that it does not know of. */
  isJobUnknown: z.boolean().default(false),
  /** Whether that job may migrate its users once more. */
  sameJob: z.boolean(),
  /** Whether some users of the run have the outcome `unknown` from the run before: what became of them is found out first. */
  wasUnknown: z.boolean().default(false),
  /** Whether the run was begun before and goes on where the batch's row says it stands. */
  resumes: z.boolean().default(false),
  /** How often the run has gone on as new: what it starts beside itself has ids of its own each time. */
  generation: z.int().default(0),
  /** How often an orchestration of the batch has been replaced by a new one; the batch's row names the newest, and only that one may go on. */
  restarts: z.int().default(0),
});
export type BatchRun = z.infer<typeof batchRunSchema>;

/** Before which step a batch waits. `sinceMs`: since when it is held with invalid users. */
export const checkpointShape = {
  stage: z.enum(['create', 'migrate', 'selfStarted', 'hold']),
  sinceMs: z.number(),
};

const attemptSchema = ownedBatchSchema.extend({ attempt: z.int().min(1) });
/** `tries` counts the tries of the operation from 1; 0 where the release before has begun it. */
export const jobAttemptSchema = attemptSchema.extend({
  delayed: z.boolean().default(false),
  tries: z.int().default(0),
});
export type JobAttempt = z.infer<typeof attemptSchema>;

export const jobRefSchema = ownedBatchSchema.extend({ jobId: z.string() });
export type JobRef = z.infer<typeof jobRefSchema>;

const retryAfter = z.object({ kind: z.literal('retryAfter'), seconds: z.number() });
/** Not the first try: once it works, the batch's row no longer says that the operation is delayed. */
const delayed = { delayed: z.boolean().default(false) };
const refusal = { /** Status, codes and request-id, without Graph's text. */ reason: z.string() };
/** It may have taken effect; `seconds`: how long Graph asks to wait, 0 where it says nothing. */
const isCreateUnknown = z.object({
  kind: z.literal('unknown'),
  seconds: z.number().default(0),
  ...refusal,
});
/** A freeze is in force: nothing was sent. */
const frozen = z.object({ kind: z.literal('frozen') });
const jobFound = z.object({ kind: z.literal('done'), jobId: z.string(), status: z.string() });

/** `nobody`: every user of the batch has an outcome already. `exists`, `isCreateUnknown`: look for the job by its name. */
export const createJobResultSchema = z.discriminatedUnion('kind', [
  jobFound,
  retryAfter.extend({ reason: z.string().default('no answer') }),
  z.object({ kind: z.literal('nobody') }),
  frozen,
  isCreateUnknown,
  z.object({ kind: z.enum(['exists', 'rejected']), ...refusal }),
]);

/**
 * `mismatch`: a job has our name but not our content, which nobody but a person can resolve. `notSeen`: Graph does not tell whether there is
 * such a job; `seconds` is what it asks for, `completeAfterMs` the date that the migration asks for. `isThere`: there is one, and Graph does not tell whose it is.
 */
export const findJobResultSchema = z.discriminatedUnion('kind', [
  jobFound,
  z.object({
    kind: z.literal('notSeen'),
    seconds: z.number(),
    completeAfterMs: z.number().nullable(),
    isThere: z.boolean().default(false),
    ...refusal,
  }),
  z.object({ kind: z.enum(['notFound', 'mismatch']), ...refusal }),
]);

/** Of validate, migrate and cancel. */
export const actionResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done') }),
  retryAfter,
  isCreateUnknown,
  frozen,
  z.object({ kind: z.enum(['conflict', 'notFound', 'rejected']), ...refusal }),
]);
export type ActionResult = z.infer<typeof actionResultSchema>;

const asked = {
  /** Commands that the batch has not answered, or answered with `unconfirmed`. */
  commands: z.boolean(),
  /** The latter alone. */
  unconfirmed: z.boolean().default(false),
};
/** `waiterId`: the orchestration that receives the wake-up event when a command arrives. `sight`: as it was before this read. */
export const pollJobInputSchema = jobRefSchema.extend({
  lastStatus: z.string().nullable(),
  lastNeed: z.string().nullable(),
  waiterId: z.string().nullable(),
  sight: sightSchema.default(inSight),
  /** The cutover date that the job had when it was seen last, epoch milliseconds. */
  completeAfterMs: z.number().nullable().default(null),
});
export const pollJobResultSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('done'),
    status: z.string(),
    completeAfterMs: z.number().nullable(),
    need: z.string().nullable(),
    ...asked,
  }),
  /**
   * Graph does not show the job: `seconds` is what Graph asks for, `absent` that it knows neither the id nor the name, `deleted` that its
   * deletion was seen or accepted before. `retry`: somebody has asked for a retry. `completeAfterMs`: the date that the migration asks for. `status`: the one
   * that was seen last.
   */
  z.object({
    kind: z.literal('notSeen'),
    seconds: z.number(),
    absent: z.boolean(),
    deleted: z.boolean(),
    retry: z.boolean(),
    completeAfterMs: z.number().nullable(),
    status: z.string().nullable().default(null),
    ...refusal,
    ...asked,
  }),
  /** Somebody has ended the batch from outside: its record is final. */
  z.object({ kind: z.literal('ended') }),
]);

/**
 * `progress`: while the job runs. `validated`: after validation, invalid users get their outcome. `validateOnly`: the
 * same, and the valid ones get theirs. `migrated`: after the job has ended, everybody gets one. `previousRun`: before a fresh job,
 * those whom this one has moved after all get theirs.
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
  /** The status with which the job has ended; null where it has not. */
  jobStatus: z.string().nullable().default(null),
  /** A day of the same answers: users whom Graph does not report, or not to their end, are recorded as unknown. */
  believes: z.boolean().default(false),
  ...delayed,
});
/** `notSeen`: not everybody is accounted for; `absent`: Graph has answered, and a day of such answers is believed. */
export const recordTasksResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), statusHash: z.string() }),
  z.object({
    kind: z.literal('notSeen'),
    seconds: z.number(),
    absent: z.boolean(),
    completeAfterMs: z.number().nullable(),
    ...refusal,
  }),
]);

/** The users of a batch who have no outcome get `unknown`. `jobId`: null where only the name of the job is known. */
export const recordUnknownInputSchema = ownedBatchSchema.extend({
  jobId: z.string().nullable(),
  sinceMs: z.number(),
  isGone: z.boolean(),
});

/** Where a run of a batch stands that was begun before. */
export const positionSchema = z.object({
  isFinished: z.boolean(),
  attempt: z.int(),
  jobId: z.string().nullable(),
  isJobUnknown: z.boolean(),
  /** Users without an outcome. */ open: z.int(),
});

/** The job of the run before, by the name on the batch's row. */
export const findPreviousJobInputSchema = ownedBatchSchema.extend(delayed);

/** What an orchestration could not do and did not expect, or that this is over. */
export const noteTroubleInputSchema = batchRefSchema.extend({
  reason: z.string(),
  isOver: z.boolean().default(false),
});

export const planResultSchema = z.object({
  kind: z.enum(['users', 'sharePoint']),
  batchCount: z.int(),
  laneCount: z.int(),
  validateOnly: z.boolean(),
  hold: z.boolean(),
  /** The round deletes the jobs of the migration. */
  deletion: z.boolean(),
  /** Batches have begun: this is not the first start of the lanes, whatever the orchestration knows. */
  begun: z.boolean().default(false),
});

/** `retryAfter`: whether somebody is in a job already is not known, so nothing is planned yet. */
export const planRunResultSchema = z.discriminatedUnion('kind', [planResultSchema, retryAfter]);

/** A round: what a command (retry, addTasks) has added to a migration. */
export const planRunInputSchema = z.object({
  migrationId: migrationIdSchema,
  runCommandId: z.string(),
  /** The error that the last try has met; it is shown on the migration's row. */
  trouble: z.string().nullable().default(null),
});
/** `runCommandId`: null for the batches of the request. `resumes`: some of them may have been begun. */
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

/** `invalid`: those of the batch who failed its last validation. */
export const nextJobResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('job'), job: jobRefSchema }),
]);

/** `invalid`: those who failed validation in the job; `unknown`: those whose job is gone. */
export const reopenTasksInputSchema = jobRefSchema.extend({
  outcome: z.enum(['invalid', 'unknown']).default('invalid'),
});

/** `stopped`: why the batch was not taken to its end although nothing failed. */
export const finishBatchInputSchema = ownedBatchSchema.extend({
  failure: z.string().nullable(),
  stopped: z.string().nullable(),
});
export const finishBatchResultSchema = z.object({ phase: z.string() });

/** `runCommandId`: null for the request itself. */
export const finishMigrationInputSchema = z.object({
  migrationId: migrationIdSchema,
  runCommandId: z.string().nullable(),
  failure: z.string().nullable(),
});
/** `unfinished`: batches of the round have not ended; nothing was summed up, and they are to be run on. */
export const finishMigrationResultSchema = z.object({
  phase: z.string(),
  unfinished: z.boolean().default(false),
});

export const readCheckpointInputSchema = ownedBatchSchema.extend({
  ...checkpointShape,
  waiterId: z.string().nullable(),
});
export const readCheckpointResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('go') }),
  z.object({ kind: z.literal('stop'), reason: z.string() }),
  z.object({ kind: z.literal('wait'), untilMs: z.number().nullable() }),
  /** The source has no room for the OneDrives of the batch now. */
  z.object({ kind: z.literal('full') }),
  /** A freeze holds the batch. */
  frozen,
  z.object({ kind: z.literal('commands') }),
]);

/** A command on its way to a batch: no names of people in it. */
export const pendingCommandSchema = z.object({
  commandId: z.string(),
  kind: commandKindSchema,
  completeAfterDateTime: z.string().nullable(),
  taskId: z.string().nullable(),
  continueWithout: z.boolean().nullable(),
  acceptedAt: z.string(),
  /** It was tried before, while Graph did not show the job. */
  isUnconfirmed: z.boolean().default(false),
  /** A later command asks for something else of the same: sent again, this one would undo it. */
  isOvertaken: z.boolean().default(false),
});
export type PendingCommand = z.infer<typeof pendingCommandSchema>;
/** `more`: there are undecided ones behind these. */
export const readCommandsResultSchema = z.object({
  commands: z.array(pendingCommandSchema),
  more: z.boolean().default(false),
});

/** Of validate, migrate, cancel and delete. */
export const actionInputSchema = jobRefSchema.extend(delayed);
export const updateJobInputSchema = actionInputSchema.extend({ completeAfterDateTime: z.string() });
export const cancelTaskInputSchema = actionInputSchema.extend({ taskId: z.string() });
export const updateTaskInputSchema = actionInputSchema.extend({
  taskId: z.string(),
  commandId: z.string(),
});
/** `wasInJob`: the job of this run had taken the user, so that the outcome before a retry does not come back. */
export const dropTaskInputSchema = ownedBatchSchema.extend({
  taskId: z.string(),
  wasInJob: z.boolean().default(false),
});

export const recordCommandResultInputSchema = ownedBatchSchema.extend({
  commandId: z.string(),
  verdict: commandVerdictSchema,
  detail: z.string(),
});
/** `outcome`: what the task had when it was to be dropped; null when it was open. */
export const droppedSchema = z.object({ kind: z.literal('done'), outcome: z.string().nullable() });
export const doneSchema = z.object({ kind: z.literal('done') });
