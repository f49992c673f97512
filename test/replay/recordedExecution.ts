import { z } from 'zod';
import { orchestratorStateSchema } from '../../local/functions-host/index.ts';

const eventSchema = z.looseObject({
  EventType: z.int(),
  EventId: z.int(),
  Timestamp: z.string(),
  IsPlayed: z.boolean(),
});

/** What an orchestrator is triggered with: its history, and its input as JSON. */
const payloadSchema = z.looseObject({
  history: z.array(eventSchema),
  input: z.unknown(),
  instanceId: z.string(),
  parentInstanceId: z.string().nullable(),
});
export type RecordedPayload = z.infer<typeof payloadSchema>;

/**
 * The last turn of one execution of an orchestrator. Its history holds all turns before, and the orchestrator runs through
 * them anew: to replay it is to replay each of them.
 */
export const recordedExecutionSchema = z.strictObject({
  orchestrator: z.string(),
  payload: payloadSchema,
  /** What the orchestrator answered: every action from the first turn on. */
  state: orchestratorStateSchema,
});
export type RecordedExecution = z.infer<typeof recordedExecutionSchema>;

/** Parses the payload of a trigger. */
export function parsePayload(text: string): RecordedPayload {
  return payloadSchema.parse(JSON.parse(text));
}

/** Two executions of one shape saw the same kinds of events and asked for the same kinds of work. */
export function shapeOf({ orchestrator, payload, state }: RecordedExecution): string {
  const events = payload.history.map(
    ({ EventType, Name }) => `${EventType}${typeof Name === 'string' ? Name : ''}`,
  );
  const actions = JSON.stringify(state.actions, (name, value: unknown) =>
    name === 'input' || name === 'instanceId' || name === 'fireAt' ? undefined : value,
  );
  return [orchestrator, events.join(' '), actions, state.isDone].join('\n');
}
