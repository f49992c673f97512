import { z } from 'zod';
import { answeredCommandSchema } from '../command.ts';

/** The answer to a command: what has become of it so far, and where to look for the rest. */
export const acceptedCommandSchema = answeredCommandSchema
  .pick({ commandId: true, kind: true, state: true })
  .extend({ commandsUrl: z.url() });
export type AcceptedCommand = z.infer<typeof acceptedCommandSchema>;
