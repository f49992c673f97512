import type { OrchestrationContext } from 'durable-functions';
import {
  type OperationInput,
  operationResultSchema,
  type OperationState,
} from '../../shared/contracts/internal/operations.ts';
import { operationInstanceId } from '../../shared/domain/ids.ts';
import { orchestrators } from '../names.ts';
import { StepFailure, type Steps, wait } from './steps.ts';

/** The result of a try: the final value, or the state for the next try and the wait before it. */
export type TryResult<Value, State> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'again'; readonly state: State; readonly seconds: number };

/** An operation that is repeated until Graph gives a result. `tries` counts from 1. */
export interface Operation<Value, State> {
  readonly once: (
    context: OrchestrationContext,
    state: State,
    tries: number,
  ) => Steps<TryResult<Value, State>>;
  readonly parse: (value: unknown) => Value;
}

// One try is nearly always enough.
const triesHere = 3;

/**
 * Repeats an operation until it is done. The first tries run in the calling orchestration. Later
 * tries run in a sub-orchestration, one per generation, so that the history of a batch does not
 * grow with the number of tries. The number of tries is unlimited: only a verdict ends an operation
 * early.
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
  // Time has passed since the caller's previous operation, so the current instant makes the id
  // unique.
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
