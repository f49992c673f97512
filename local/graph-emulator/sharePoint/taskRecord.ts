import { z } from 'zod';
import { taskParametersSchema } from './taskParameters.ts';

const createdTaskSchema = z.object({
  id: z.string(),
  sourceTenantId: z.string(),
  sourceKey: z.string(),
  /** 1 for the first task of its source. */
  ordinal: z.number(),
  createdMs: z.number(),
  parameters: taskParametersSchema,
});
export type CreatedTask = z.infer<typeof createdTaskSchema>;

/** What happened to the tasks; the state at any instant follows from these alone. */
export const taskEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('created'), task: createdTaskSchema }),
  z.object({ kind: z.literal('cancelled'), id: z.string(), atMs: z.number() }),
  /** A decree on a source took effect once: decrees may be limited in number. */
  z.object({
    kind: z.literal('foundWrong'),
    sourceTenantId: z.string(),
    sourceKey: z.string(),
    what: z.enum(['refused', 'invalid']),
    atMs: z.number(),
  }),
]);
export type TaskEvent = z.infer<typeof taskEventSchema>;

export interface TaskRecord {
  readonly task: CreatedTask;
  readonly cancelledMs?: number;
}
