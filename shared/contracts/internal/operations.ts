import { z } from 'zod';
import { inSight, jobRefSchema, ownedBatchSchema, sightSchema } from './batch.ts';
import { recordStageSchema } from './users.ts';

/** An action on a job. `actions` in `users/sendAction.ts` says when each one is allowed. */
const actionNameSchema = z.enum([
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

/** The members that an action sends besides the job's id. */
export interface ActionMembers {
  readonly completeAfterDateTime?: string | null;
  readonly taskId?: string | null;
  readonly commandId?: string;
}

/**
 * Whether a job has accepted an action. `refused`: `status` is the job's status, `gone` (the job no
 * longer exists) or `frozen` (a freeze is in force and nothing was sent). `notSeen`: Graph does not
 * show the job, and nothing was sent.
 */
export const sendResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('accepted') }),
  z.object({
    kind: z.literal('notSeen'),
    refusals: z.int().default(0),
    /** The wait that Graph asked for; 0 for none. */
    seconds: z.number().default(0),
  }),
  z.object({ kind: z.literal('refused'), status: z.string() }),
]);
export type SendResult = z.infer<typeof sendResultSchema>;

/**
 * What became of a create. `noUsers`: every user has an outcome. `outOfSight`: Graph did not say
 * whether there is a job until 30 days after the cutover date. `stopped`: a command stopped the
 * batch first.
 */
export const createdSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('job'), jobId: z.string() }),
  z.object({ kind: z.enum(['noUsers', 'outOfSight']) }),
  z.object({ kind: z.literal('stopped'), reason: z.string() }),
]);
export type Created = z.infer<typeof createdSchema>;

/** The id of the job of the previous run; null if that run created none. */
export const foundPreviousSchema = z.string().nullable();
export type FoundPrevious = z.infer<typeof foundPreviousSchema>;

/** Whether the outcomes of a job's users were recorded. */
export const recordedSchema = z.boolean();
export type Recorded = z.infer<typeof recordedSchema>;

const createStateSchema = ownedBatchSchema.extend({
  kind: z.literal('create'),
  attempt: z.int().min(1),
  /** Whether there may be a job already. It is then looked up, and nothing is created. */
  mayHaveJob: z.boolean(),
  /** Whether a create had no response. Its job may become visible late. */
  hadUnknownCreate: z.boolean(),
  /**
   * Whether Graph has shown a job of this name or said that the name is in use. "Not found" is then
   * final after a day.
   */
  isKnown: z.boolean().default(false),
  /** Why Graph refused the last create. It is final only if there is no job. */
  refusal: z.string().nullable(),
  /** Look-ups since the last create that found no job. */
  lookUps: z.int(),
  /** Look-ups since the last create that found a job of other content. */
  mismatches: z.int(),
  sight: sightSchema.default(inSight),
});
export type CreateState = z.infer<typeof createStateSchema>;

const findPreviousStateSchema = ownedBatchSchema.extend({
  kind: z.literal('findPrevious'),
  lookUps: z.int(),
  mismatches: z.int(),
  sight: sightSchema.default(inSight),
});
export type FindPreviousState = z.infer<typeof findPreviousStateSchema>;

const sendStateSchema = jobRefSchema.extend({
  kind: z.literal('send'),
  action: actionNameSchema,
  /** Whether Graph refused the last call. The next status decides. */
  isRefused: z.boolean(),
  /** How often Graph has refused the action. */
  refusals: z.int().default(0),
  /** Status checks after a refusal that showed an undocumented status. */
  undocumentedChecks: z.int().default(0),
  /** How often Graph returned "not found" for the action. */
  notFounds: z.int(),
});
export type SendState = z.infer<typeof sendStateSchema>;

const recordStateSchema = jobRefSchema.extend({
  kind: z.literal('record'),
  stage: recordStageSchema,
  /** The status with which the job has ended; null if it has not ended. */
  jobStatus: z.string().nullable().default(null),
  sight: sightSchema.default(inSight),
});
export type RecordState = z.infer<typeof recordStateSchema>;

const operationStateSchema = z.discriminatedUnion('kind', [
  createStateSchema,
  findPreviousStateSchema,
  sendStateSchema,
  recordStateSchema,
]);
/** The state of an operation that is repeated until Graph has responded. */
export type OperationState = z.infer<typeof operationStateSchema>;

export const operationInputSchema = z.object({
  state: operationStateSchema,
  tries: z.int(),
  /** Whether the batch's row shows an unexpected error. */
  isTroubled: z.boolean().default(false),
  /** No try begins before this instant, epoch milliseconds. */
  notBeforeMs: z.number().default(0),
});
export type OperationInput = z.input<typeof operationInputSchema>;

export const operationResultSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), reason: z.string() }),
]);
export type OperationResult = z.infer<typeof operationResultSchema>;
