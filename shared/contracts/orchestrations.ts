import { z } from 'zod';
import { batchRefSchema, jobRefSchema } from './activities.ts';
import { migrationIdSchema } from './ids.ts';

export const migrationInputSchema = z.strictObject({ migrationId: migrationIdSchema });
export type MigrationInput = z.infer<typeof migrationInputSchema>;

/** A lane takes the batches `index`, `index + laneCount`, `index + 2 * laneCount`, … */
export const laneInputSchema = z.strictObject({
  migrationId: migrationIdSchema,
  validateOnly: z.boolean(),
  index: z.int(),
  laneCount: z.int(),
  batchCount: z.int(),
});
export type LaneInput = z.infer<typeof laneInputSchema>;

export const batchInputSchema = batchRefSchema.extend({ validateOnly: z.boolean() });
export type BatchInput = z.infer<typeof batchInputSchema>;

/** All that a watch carries from one generation to the next. */
export const watchInputSchema = jobRefSchema.extend({
  goal: z.enum(['validated', 'migrated', 'cancelled']),
  checks: z.int(),
  status: z.string().nullable(),
  digest: z.string().nullable(),
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
export const gateInputSchema = batchRefSchema.extend({ stage: z.enum(['create', 'migrate']) });
export type GateInput = z.infer<typeof gateInputSchema>;
