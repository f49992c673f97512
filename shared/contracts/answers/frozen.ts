import { z } from 'zod';
import { freezeSchema } from '../freeze.ts';

/** The answer to `POST /freeze` and `POST /unfreeze`: the freeze that is in force now, null for none. */
export const frozenSchema = z.strictObject({ frozen: freezeSchema.nullable() });
export type Frozen = z.infer<typeof frozenSchema>;
