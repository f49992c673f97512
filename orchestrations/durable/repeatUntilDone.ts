import type { OrchestrationContext } from 'durable-functions';
import {
  type OperationInput,
  operationResultSchema,
  type OperationState,
} from '../../shared/contracts/internal/operations.ts';
import { operationInstanceId } from '../../shared/domain/ids.ts';
import { orchestrators } from '../names.ts';
import { StepFailure, type Steps, wait } from './steps.ts';

/** What a try came to: its end, or what the next try has to know and how long to wait before it. */
export type Tried<Value, State> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'again'; readonly state: State; readonly seconds: number };

/** An operation that is repeated until Graph has answered. `tries` counts from 1. */
export interface Operation<Value, State> {
  readonly once: (
    context: OrchestrationContext,
    state: State,
    tries: number,
  ) => Steps<Tried<Value, State>>;
  readonly parse: (value: unknown) => Value;
}

// Nearly always one is enough.
const triesHere = 3;

/**
 * Repeats an operation until it is done. The first tries are made where it is asked for; those that remain in an orchestration of their own, a generation
 * each, so that the history of a batch does not grow with what Graph puts off. There is no last try: only a verdict ends an operation.
 */
export function* repeatUntilDone<Value, State extends OperationState>(
  context: OrchestrationContext,
  operation: Operation<Value, State>,
  first: State,
): Steps<Value> {
  let state = first;
  for (let tries = 1; tries <= triesHere; tries += 1) {
    const tried = yield* operation.once(context, state, tries);
    if (tried.kind === 'done') return tried.value;
    ({ state } = tried);
    if (tried.seconds > 0) yield* wait(context, tried.seconds);
  }
  const input: OperationInput = { state, tries: triesHere };
  // Time has passed since the last one of whoever asks: the instant makes the id one that was never used.
  const instanceId = operationInstanceId(
    context.df.instanceId,
    context.df.currentUtcDateTime.getTime(),
  );
  const raw = operationResultSchema.parse(
    yield context.df.callSubOrchestrator(orchestrators.operation, input, instanceId),
  );
  if (!raw.ok) throw new StepFailure(raw.reason);
  return operation.parse(raw.value);
}
