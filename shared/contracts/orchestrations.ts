import { z } from 'zod';
import { batchRefSchema, gateShape, jobRefSchema } from './activities.ts';
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
