import { z } from 'zod';
import { batchRefSchema, gateShape, jobAttemptSchema, jobRefSchema, recordStageSchema } from './activities.ts';
import { batchIdSchema, migrationIdSchema } from './ids.ts';
import { personNeedSchema } from './personNeed.ts';

/** `round`: the id of the command that added to the migration; null for the request itself. */
export const migrationInputSchema = z.strictObject({ migrationId: migrationIdSchema, round: z.string().nullable().default(null) });
export type MigrationInput = z.infer<typeof migrationInputSchema>;

/** A lane takes the batches `index`, `index + laneCount`, `index + 2 * laneCount`, …; in a round those of it, `after` the last one. */
export const laneInputSchema = z.strictObject({
  migrationId: migrationIdSchema,
  round: z.string().nullable(),
  after: batchIdSchema.nullable(),
  kind: z.enum(['users', 'sharePoint']),
  validateOnly: z.boolean(),
  hold: z.boolean(),
  index: z.int(),
  laneCount: z.int(),
  batchCount: z.int(),
});
export type LaneInput = z.infer<typeof laneInputSchema>;

/** A deletion takes the jobs of its command one after the other, `after` the one of a batch. */
export const deletionInputSchema = z.strictObject({ migrationId: migrationIdSchema, round: z.string(), after: batchIdSchema.nullable() });
export type DeletionInput = z.infer<typeof deletionInputSchema>;

/** All that a watch carries from one generation to the next. */
export const watchInputSchema = jobRefSchema.extend({
  goal: z.enum(['validated', 'migrated', 'cancelled']),
  checks: z.int(),
  status: z.string().nullable(),
  need: personNeedSchema.nullable(),
  digest: z.string().nullable(),
  /** Looks in a row at which Graph did not know the job. */
  missing: z.int(),
  /** Since when no look has been answered, epoch milliseconds; null when the last one was. */
  unseenSinceMs: z.number().nullable().default(null),
});
export type WatchInput = z.infer<typeof watchInputSchema>;

/**
 * `status` is the job's at the end of the watch; `gone` when Graph does not know the job any more. `commands`: the watch has
 * not reached its goal, but somebody has asked something of the batch.
 */
export const watchResultSchema = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), status: z.string(), commands: z.boolean() }),
  z.strictObject({ ok: z.literal(false), reason: z.string() }),
]);
export type WatchResult = z.infer<typeof watchResultSchema>;

/** A wait before a step of a batch. */
export const gateInputSchema = batchRefSchema.extend(gateShape);
export type GateInput = z.infer<typeof gateInputSchema>;

/** What is sent to a job. */
export const actionNameSchema = z.enum(['validate', 'revalidate', 'renew', 'migrate', 'migrateAgain', 'letGo', 'delete', 'cancel', 'reschedule', 'updateUser', 'cancelUser']);
export type ActionName = z.infer<typeof actionNameSchema>;

const actionMembersSchema = z.strictObject({ completeAfterDateTime: z.string().nullable(), taskId: z.string().nullable(), commandId: z.string() }).partial();
export type ActionMembers = z.infer<typeof actionMembersSchema>;

/** Whether a job has taken what was sent to it; `status`: what stood in the way. */
export const takenSchema = z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('accepted') }), z.strictObject({ kind: z.literal('refused'), status: z.string() })]);
export type Taken = z.infer<typeof takenSchema>;

const createStateSchema = jobAttemptSchema.extend({
  kind: z.literal('create'),
  /** There may be a job already: it is looked for, and nothing is created meanwhile. */
  doubt: z.boolean(),
  /** Some create was not answered: its job may become visible late. */
  lost: z.boolean(),
  /** What Graph refused the last create with; believed only when there is no job. */
  refusal: z.string().nullable(),
  /** Looks since the last create that found nothing, and those that found something else or were refused. */
  looks: z.int(),
  denials: z.int(),
  reason: z.string(),
});
export type CreateState = z.infer<typeof createStateSchema>;

const findLeftStateSchema = batchRefSchema.extend({ kind: z.literal('findLeft'), looks: z.int(), denials: z.int() });
export type FindLeftState = z.infer<typeof findLeftStateSchema>;

const sendStateSchema = jobRefSchema.extend({
  kind: z.literal('send'),
  action: actionNameSchema,
  members: actionMembersSchema,
  /** Graph has said no: the next look decides. */
  refused: z.boolean(),
  /** Answers by which what the action is about is not there. */
  missing: z.int(),
  reason: z.string(),
});
export type SendState = z.infer<typeof sendStateSchema>;

const recordStateSchema = jobRefSchema.extend({ kind: z.literal('record'), stage: recordStageSchema });
export type RecordState = z.infer<typeof recordStateSchema>;

/** Something that is tried until Graph answers, with what the next try has to know. */
const errandStateSchema = z.discriminatedUnion('kind', [createStateSchema, findLeftStateSchema, sendStateSchema, recordStateSchema]);
export type ErrandState = z.infer<typeof errandStateSchema>;

export const errandInputSchema = z.strictObject({ state: errandStateSchema, tries: z.int() });
export type ErrandInput = z.infer<typeof errandInputSchema>;
export const errandResultSchema = z.discriminatedUnion('ok', [z.strictObject({ ok: z.literal(true), value: z.unknown() }), z.strictObject({ ok: z.literal(false), reason: z.string() })]);
export type ErrandResult = z.infer<typeof errandResultSchema>;
