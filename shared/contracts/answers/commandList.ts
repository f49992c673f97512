import { z } from 'zod';
import { answeredCommandSchema } from '../command.ts';

/** The answer to `GET /migrations/{id}/commands`: all of them, oldest first. */
export const commandListSchema = z.strictObject({ value: z.array(answeredCommandSchema) });
export type CommandList = z.infer<typeof commandListSchema>;
