import { z } from 'zod';
import { commandKindSchema, commandVerdictSchema } from './command.ts';
import { batchIdSchema, migrationIdSchema } from './ids.ts';
import { batchPhaseSchema, migrationPhaseSchema } from './phase.ts';

/**
 * What orchestrators and activities say to each other. Small on purpose: users and their statuses stay in storage, the
 * histories hold references and digests. Graph's message texts stay out as well, because they may name people.
 */
export const batchRefSchema = z.strictObject({ migrationId: migrationIdSchema, batchId: batchIdSchema });
export type BatchRef = z.infer<typeof batchRefSchema>;

export const jobAttemptSchema = batchRefSchema.extend({ attempt: z.int().min(1) });
export type JobAttempt = z.infer<typeof jobAttemptSchema>;

export const jobRefSchema = batchRefSchema.extend({ jobId: z.string() });
export type JobRef = z.infer<typeof jobRefSchema>;

const retryAfter = z.strictObject({ kind: z.literal('retryAfter'), seconds: z.number() });
const refusal = { /** Status, codes and request-id, without Graph's text. */ reason: z.string() };
const jobFound = z.strictObject({ kind: z.literal('done'), jobId: z.string(), status: z.string() });

/** `nobody`: every user of the batch has an outcome already. `exists`, `doubtful`: look for the job by its name. */
export const createJobResultSchema = z.discriminatedUnion('kind', [
  jobFound,
  retryAfter,
  z.strictObject({ kind: z.literal('nobody') }),
  z.strictObject({ kind: z.enum(['exists', 'doubtful', 'rejected']), ...refusal }),
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
  z.strictObject({ kind: z.enum(['conflict', 'doubtful', 'notFound', 'rejected']), ...refusal }),
]);
export type ActionResult = z.infer<typeof actionResultSchema>;

/** `waiterId`: the orchestration that looks, whose bell a command must ring. */
export const readJobInputSchema = jobRefSchema.extend({ lastStatus: z.string().nullable(), waiterId: z.string().nullable() });
export const readJobResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('done'), status: z.string(), completeAfterMs: z.number().nullable(), /** Somebody has asked something of the batch. */ commands: z.boolean() }),
  retryAfter,
  z.strictObject({ kind: z.enum(['notFound', 'rejected']), ...refusal }),
]);

/**
 * `progress`: while the job runs. `validated`: after validation, invalid users get their outcome. `validateOnly`: the
 * same, and the valid ones get theirs. `migrated`: after the job has ended, everybody gets one.
 */
export const recordStageSchema = z.enum(['progress', 'validated', 'validateOnly', 'migrated']);
export type RecordStage = z.infer<typeof recordStageSchema>;
export const recordTasksInputSchema = jobRefSchema.extend({
  stage: recordStageSchema,
  lastDigest: z.string().nullable(),
});
export const recordTasksResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('done'), digest: z.string() }),
  retryAfter,
  z.strictObject({ kind: z.literal('rejected'), ...refusal }),
]);

export const planResultSchema = z.strictObject({
  batchCount: z.int(),
  laneCount: z.int(),
  validateOnly: z.boolean(),
});

/** `stopped`: why the batch was not taken to its end although nothing failed. */
export const finishBatchInputSchema = batchRefSchema.extend({ failure: z.string().nullable(), stopped: z.string().nullable() });
export const finishBatchResultSchema = z.strictObject({ phase: batchPhaseSchema });

export const finishMigrationInputSchema = z.strictObject({
  migrationId: migrationIdSchema,
  failure: z.string().nullable(),
});
export const finishMigrationResultSchema = z.strictObject({ phase: migrationPhaseSchema });

export const readGateInputSchema = batchRefSchema.extend({ stage: z.enum(['create', 'migrate']), waiterId: z.string().nullable() });
export const readGateResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('go') }),
  z.strictObject({ kind: z.literal('stop'), reason: z.string() }),
  z.strictObject({ kind: z.literal('wait'), untilMs: z.number().nullable() }),
  z.strictObject({ kind: z.literal('commands') }),
]);

/** A command on its way to a batch: no names of people in it. */
export const takenCommandSchema = z.strictObject({
  commandId: z.string(),
  kind: commandKindSchema,
  completeAfterDateTime: z.string().nullable(),
  taskId: z.string().nullable(),
});
export type TakenCommand = z.infer<typeof takenCommandSchema>;
export const takeCommandsResultSchema = z.strictObject({ commands: z.array(takenCommandSchema) });

export const updateJobInputSchema = jobRefSchema.extend({ completeAfterDateTime: z.string() });
export const cancelTaskInputSchema = jobRefSchema.extend({ taskId: z.string() });
export const dropTaskInputSchema = batchRefSchema.extend({ taskId: z.string() });

export const answerCommandInputSchema = batchRefSchema.extend({ commandId: z.string(), verdict: commandVerdictSchema, detail: z.string() });
export const answeredSchema = z.strictObject({ kind: z.literal('done') });
