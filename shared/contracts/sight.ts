import { z } from 'zod';

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
