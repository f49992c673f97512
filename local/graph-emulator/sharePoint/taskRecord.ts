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

/** An event of a task. The state of a task at any instant is computed from the events alone. */
export const taskEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('created'), task: createdTaskSchema }),
  z.object({ kind: z.literal('cancelled'), id: z.string(), atMs: z.number() }),
  /** A rule of the scenario refused a source or found it invalid. Rules can be limited to a number of times. */
  z.object({
    kind: z.literal('foundWrong'),
    sourceTenantId: z.string(),
    sourceKey: z.string(),
    what: z.enum(['refused', 'invalid']),
    atMs: z.number(),
  }),
]);
export type TaskEvent = z.infer<typeof taskEventSchema>;

/** A task and its cancellation. */
export interface TaskRecord {
  readonly task: CreatedTask;
  readonly cancelledMs?: number;
}
