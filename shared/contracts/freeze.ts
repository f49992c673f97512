import { z } from 'zod';

/** A freeze in force: nothing new is created or migrated in any migration until it is lifted. `since` is ISO 8601 in UTC. */
export const freezeSchema = z.object({
  since: z.string(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
});
export type Freeze = z.infer<typeof freezeSchema>;

/** What was asked about freezing everything: a row that is never changed, except that `isRecorded` becomes true. */
export const freezeCommandSchema = z.object({
  /** 1, 2, 3, … in the order in which they took effect. */
  sequence: z.int().min(1),
  kind: z.enum(['freeze', 'unfreeze']),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  askedAt: z.string(),
  /** False where what was asked for was in force already. */
  isEffective: z.boolean(),
  /** When the freeze began that it has put in force, found in force or lifted; null where there was none to lift. */
  since: z.string().nullable(),
  /** Whether it is in the audit trail and was told to the queue of outcomes. */
  isRecorded: z.boolean(),
});
export type FreezeCommand = z.infer<typeof freezeCommandSchema>;
