import { z } from 'zod';
import { commandKindSchema, commandVerdictSchema } from './command.ts';
import { batchIdSchema, migrationIdSchema } from './ids.ts';
import { personNeedSchema } from './personNeed.ts';
import { batchPhaseSchema, migrationPhaseSchema } from './phase.ts';

/**
 * What orchestrators and activities say to each other. Small on purpose: users and their statuses stay in storage, the
 * histories hold references and digests. Graph's message texts stay out as well, because they may name people.
 */
export const batchRefSchema = z.strictObject({ migrationId: migrationIdSchema, batchId: batchIdSchema });
export type BatchRef = z.infer<typeof batchRefSchema>;

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
  jobInDoubt: z.boolean().default(false),
  /** Whether that job may migrate its users once more. */
  sameJob: z.boolean(),
});
export type BatchRun = z.input<typeof batchRunSchema>;

/** Before which step a batch waits. `sinceMs`: since when it is held with invalid users. */
export const gateShape = { stage: z.enum(['create', 'migrate', 'unasked', 'hold']), sinceMs: z.number() };

export const jobAttemptSchema = batchRefSchema.extend({ attempt: z.int().min(1) });
export type JobAttempt = z.infer<typeof jobAttemptSchema>;

export const jobRefSchema = batchRefSchema.extend({ jobId: z.string() });
export type JobRef = z.infer<typeof jobRefSchema>;

const retryAfter = z.strictObject({ kind: z.literal('retryAfter'), seconds: z.number() });
const refusal = { /** Status, codes and request-id, without Graph's text. */ reason: z.string() };
/** It may have taken effect; `seconds`: how long Graph asks to wait, 0 where it says nothing. */
const doubtful = z.strictObject({ kind: z.literal('doubtful'), seconds: z.number().default(0), ...refusal });
const jobFound = z.strictObject({ kind: z.literal('done'), jobId: z.string(), status: z.string() });

/** `nobody`: every user of the batch has an outcome already. `exists`, `doubtful`: look for the job by its name. */
export const createJobResultSchema = z.discriminatedUnion('kind', [
  jobFound,
  retryAfter,
  z.strictObject({ kind: z.literal('nobody') }),
  doubtful,
  z.strictObject({ kind: z.enum(['exists', 'rejected']), ...refusal }),
]);

/** `mismatch`: a job has our name but not our content, which nobody but a person can resolve. */
export const findJobResultSchema = z.discriminatedUnion('kind', [
  jobFound,
  retryAfter,
  z.strictObject({ kind: z.enum(['notFound', 'mismatch', 'rejected']), ...refusal }),
]);

/** Of validate, migrate and cancel. */
export const actionResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('done') }),
  retryAfter,
  doubtful,
  z.strictObject({ kind: z.enum(['conflict', 'notFound', 'rejected']), ...refusal }),
]);
export type ActionResult = z.infer<typeof actionResultSchema>;

/** `waiterId`: the orchestration that looks, whose bell a command must ring. */
export const readJobInputSchema = jobRefSchema.extend({ lastStatus: z.string().nullable(), lastNeed: personNeedSchema.nullable(), waiterId: z.string().nullable() });
export const readJobResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('done'), status: z.string(), completeAfterMs: z.number().nullable(), need: personNeedSchema.nullable(), /** Somebody has asked something of the batch. */ commands: z.boolean() }),
  retryAfter.extend({ reason: z.string().default('no answer') }),
  z.strictObject({ kind: z.enum(['notFound', 'rejected']), ...refusal }),
]);

/**
 * `progress`: while the job runs. `validated`: after validation, invalid users get their outcome. `validateOnly`: the
 * same, and the valid ones get theirs. `migrated`: after the job has ended, everybody gets one. `takenUp`: before a fresh job,
 * those whom this one has moved after all get theirs.
 */
export const recordStageSchema = z.enum(['progress', 'validated', 'validateOnly', 'migrated', 'takenUp']);
export type RecordStage = z.infer<typeof recordStageSchema>;
export const recordTasksInputSchema = jobRefSchema.extend({
  stage: recordStageSchema,
  lastDigest: z.string().nullable(),
  /** Asks again, rather than to record a status that nobody has published. */
  patient: z.boolean().default(false),
});
export const recordTasksResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('done'), digest: z.string() }),
  retryAfter,
  z.strictObject({ kind: z.literal('rejected'), ...refusal }),
]);

export const planResultSchema = z.strictObject({
  kind: z.enum(['users', 'sharePoint']),
  batchCount: z.int(),
  laneCount: z.int(),
  validateOnly: z.boolean(),
  hold: z.boolean(),
  /** The round deletes the jobs of the migration. */
  deletion: z.boolean(),
});

/** `retryAfter`: whether somebody is in a job already is not known, so nothing is planned yet. */
export const planRoundResultSchema = z.discriminatedUnion('kind', [planResultSchema, retryAfter]);

/** A round: what a command (retry, addTasks) has added to a migration. */
export const planRoundInputSchema = z.strictObject({ migrationId: migrationIdSchema, round: z.string() });
export const nextBatchInputSchema = planRoundInputSchema.extend({ lane: z.int(), laneCount: z.int(), after: batchIdSchema.nullable() });
export const nextBatchResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('batch'), batch: batchRunSchema }),
]);

/** `invalid`: those of the batch who failed its last validation. */
export const nextJobResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('job'), job: jobRefSchema }),
]);

export const reopenTasksInputSchema = jobRefSchema;

/** `stopped`: why the batch was not taken to its end although nothing failed. */
export const finishBatchInputSchema = batchRefSchema.extend({ failure: z.string().nullable(), stopped: z.string().nullable() });
export const finishBatchResultSchema = z.strictObject({ phase: batchPhaseSchema });

/** `round`: null for the request itself. */
export const finishMigrationInputSchema = z.strictObject({
  migrationId: migrationIdSchema,
  round: z.string().nullable(),
  failure: z.string().nullable(),
});
export const finishMigrationResultSchema = z.strictObject({ phase: migrationPhaseSchema });

export const readGateInputSchema = batchRefSchema.extend({ ...gateShape, waiterId: z.string().nullable() });
export const readGateResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('go') }),
  z.strictObject({ kind: z.literal('stop'), reason: z.string() }),
  z.strictObject({ kind: z.literal('wait'), untilMs: z.number().nullable() }),
  /** The source has no room for the OneDrives of the batch now. */
  z.strictObject({ kind: z.literal('full') }),
  z.strictObject({ kind: z.literal('commands') }),
]);

/** A command on its way to a batch: no names of people in it. */
export const takenCommandSchema = z.strictObject({
  commandId: z.string(),
  kind: commandKindSchema,
  completeAfterDateTime: z.string().nullable(),
  taskId: z.string().nullable(),
  continueWithout: z.boolean().nullable(),
});
export type TakenCommand = z.infer<typeof takenCommandSchema>;
export const takeCommandsResultSchema = z.strictObject({ commands: z.array(takenCommandSchema) });

export const updateJobInputSchema = jobRefSchema.extend({ completeAfterDateTime: z.string() });
export const cancelTaskInputSchema = jobRefSchema.extend({ taskId: z.string() });
export const updateTaskInputSchema = jobRefSchema.extend({ taskId: z.string(), commandId: z.string() });
export const dropTaskInputSchema = batchRefSchema.extend({ taskId: z.string() });

export const answerCommandInputSchema = batchRefSchema.extend({ commandId: z.string(), verdict: commandVerdictSchema, detail: z.string() });
/** `outcome`: what the task had when it was to be dropped; null when it was open. */
export const droppedSchema = z.strictObject({ kind: z.literal('done'), outcome: z.string().nullable() });
export const answeredSchema = z.strictObject({ kind: z.literal('done') });
