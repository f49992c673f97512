import { z } from 'zod';
import { batchIdSchema, migrationIdSchema } from '../ids.ts';
import {
  checkpointShape,
  inSight,
  jobRefSchema,
  ownedBatchSchema,
  recordStageSchema,
  sightSchema,
} from './activities.ts';

/** `runCommandId`: the id of the command that added to the migration; null for the request itself. */
export const migrationInputSchema = z.object({
  migrationId: migrationIdSchema,
  runCommandId: z.string().nullable().default(null),
  /** Batches may have been begun by an orchestration that has stopped: each is looked up before it is started. */
  resumes: z.boolean().default(false),
  /** The error that the last generation has met; it is shown on the migration's row. */
  trouble: z.string().nullable().default(null),
  /** Only the summary is left to do; `failure` is why batches were not begun. */
  isEnding: z.boolean().default(false),
  failure: z.string().nullable().default(null),
});
export type MigrationInput = z.input<typeof migrationInputSchema>;

/** A lane takes the batches `index`, `index + laneCount`, `index + 2 * laneCount`, …; in a round those of it, `after` the last one. */
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
  /** Batches may have been begun before: each is looked up before it is started. */
  resumes: z.boolean().default(false),
  /** How often in a row the batch after `after` has ended by an error. */
  restarts: z.int().default(0),
});
export type LaneInput = z.infer<typeof laneInputSchema>;

/** A deletion takes the jobs of its command one after the other, `after` the one of a batch. */
export const deletionInputSchema = z.object({
  migrationId: migrationIdSchema,
  runCommandId: z.string(),
  after: batchIdSchema.nullable(),
  /** Tries for the job after `after` in which Graph did not show it. */
  tries: z.int().default(0),
});
export type DeletionInput = z.infer<typeof deletionInputSchema>;

/** All that a watch carries from one generation to the next. */
export const watchInputSchema = jobRefSchema.extend({
  goal: z.enum(['validated', 'migrated', 'cancelled']),
  /** Ends as soon as Graph shows the job, whatever its status is. */
  untilSeen: z.boolean().default(false),
  checks: z.int(),
  status: z.string().nullable(),
  need: z.string().nullable(),
  statusHash: z.string().nullable(),
  /** The cutover date as it was seen last, epoch milliseconds. */
  completeAfterMs: z.number().nullable().default(null),
  sight: sightSchema.default(inSight),
  /** Checks in a row after which a command was still not carried out. */
  commandTries: z.int().default(0),
  /** The batch's row may say that an error keeps the batch from going on. */
  isTroubled: z.boolean().default(false),
  /** Graph has asked to wait so long before the first check. */
  askedSeconds: z.number().default(0),
});
export type WatchInput = z.infer<typeof watchInputSchema>;

/**
 * `status` is the job's at the end of the watch. Two words of our own: `gone` when Graph has not known the job for a day or it was deleted,
 * `outOfSight` when it cannot cut over any more and was never shown again. `restarts`: the job is gone, and a retry wants a fresh one.
 */
export const watchResultSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), status: z.string(), restarts: z.boolean().default(false) }),
  z.object({ ok: z.literal(false), reason: z.string() }),
]);
export type WatchResult = z.infer<typeof watchResultSchema>;

/** A wait before a step of a batch. `jobId`: the job to which commands are sent meanwhile; null before there is one. */
export const checkpointInputSchema = ownedBatchSchema.extend({
  ...checkpointShape,
  kind: z.enum(['users', 'sharePoint']).default('users'),
  jobId: z.string().nullable().default(null),
  tries: z.int().default(0),
});
export type CheckpointInput = z.infer<typeof checkpointInputSchema>;

/** How a wait has ended; the last two only where a batch was held with users who failed validation. */
export const checkpointResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('stop'), reason: z.string() }),
  z.object({ kind: z.enum(['go', 'revalidate', 'continueWithout']) }),
]);
export type CheckpointResult = z.infer<typeof checkpointResultSchema>;

/** What is sent to a job. */
export const actionNameSchema = z.enum([
  'validate',
  'revalidate',
  'renew',
  'migrate',
  'migrateAgain',
  'releaseUsers',
  'delete',
  'cancel',
  'reschedule',
  'updateUser',
  'cancelUser',
]);
export type ActionName = z.infer<typeof actionNameSchema>;

const actionMembersSchema = z
  .object({
    completeAfterDateTime: z.string().nullable(),
    taskId: z.string().nullable(),
    commandId: z.string(),
  })
  .partial();
export type ActionMembers = z.infer<typeof actionMembersSchema>;

/** Whether a job has taken what was sent to it; `status`: what stood in the way, or our words `gone` (the job is not there any more) and `frozen` (nothing was sent because of a freeze). `notSeen`: Graph does not show the job, and nothing was sent. */
export const sendResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('accepted') }),
  /** `seconds`: how long Graph asks to wait; 0 where it says nothing. */
  z.object({
    kind: z.literal('notSeen'),
    refusals: z.int().default(0),
    seconds: z.number().default(0),
  }),
  z.object({ kind: z.literal('refused'), status: z.string() }),
]);
export type SendResult = z.infer<typeof sendResultSchema>;

/** `nobody`: every user has an outcome. `stopped`: a command came first. `isUnanswered`: until 30 days after the date Graph has not told whether there is a job. */
export const createdSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('job'), jobId: z.string() }),
  z.object({ kind: z.enum(['nobody', 'outOfSight']) }),
  z.object({ kind: z.literal('stopped'), reason: z.string() }),
]);
export type Created = z.infer<typeof createdSchema>;

const createStateSchema = ownedBatchSchema.extend({
  kind: z.literal('create'),
  attempt: z.int().min(1),
  /** There may be a job already: it is looked for, and nothing is created meanwhile. */
  mayHaveJob: z.boolean(),
  /** Some create was not answered: its job may become visible late. */
  isUnanswered: z.boolean(),
  /** Graph has shown a job of this name, or said that the name is taken: that there is none is believed after a day only. */
  isKnown: z.boolean().default(false),
  /** What Graph refused the last create with; believed only when there is no job. */
  refusal: z.string().nullable(),
  /** Looks since the last create that found nothing, and those that found something else or were refused. */
  polls: z.int(),
  denials: z.int(),
  reason: z.string(),
  /** Of the look-ups by name that were refused or not answered. */
  sight: sightSchema.default(inSight),
});
export type CreateState = z.infer<typeof createStateSchema>;

const findPreviousStateSchema = ownedBatchSchema.extend({
  kind: z.literal('findPrevious'),
  polls: z.int(),
  denials: z.int(),
  sight: sightSchema.default(inSight),
});
export type FindPreviousState = z.infer<typeof findPreviousStateSchema>;

const sendStateSchema = jobRefSchema.extend({
  kind: z.literal('send'),
  action: actionNameSchema,
  members: actionMembersSchema,
  /** Graph has said no: the next look decides. */
  refused: z.boolean(),
  /** How often it has said no. */
  refusals: z.int().default(0),
  /** Looks after a refusal that showed a status that nobody has published. */
  unpublished: z.int().default(0),
  /** Answers by which what the action is about is not there. */
  missing: z.int(),
  reason: z.string(),
});
export type SendState = z.infer<typeof sendStateSchema>;

const recordStateSchema = jobRefSchema.extend({
  kind: z.literal('record'),
  stage: recordStageSchema,
  /** The status with which the job has ended; null where it has not. */
  jobStatus: z.string().nullable().default(null),
  sight: sightSchema.default(inSight),
});
export type RecordState = z.infer<typeof recordStateSchema>;

/** Something that is tried until Graph answers, with what the next try has to know. */
const operationStateSchema = z.discriminatedUnion('kind', [
  createStateSchema,
  findPreviousStateSchema,
  sendStateSchema,
  recordStateSchema,
]);
export type OperationState = z.infer<typeof operationStateSchema>;

export const operationInputSchema = z.object({
  state: operationStateSchema,
  tries: z.int(),
  /** The batch's row says that an error keeps the batch from going on. */
  isTroubled: z.boolean().default(false),
  /** Nothing is tried before this instant, epoch milliseconds. */
  notBeforeMs: z.number().default(0),
});
export type OperationInput = z.input<typeof operationInputSchema>;
export const operationResultSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), reason: z.string() }),
]);
export type OperationResult = z.infer<typeof operationResultSchema>;
