import type { OrchestrationContext } from 'durable-functions';
import { type ErrandInput, errandResultSchema, type ErrandState } from '../shared/contracts/orchestrations.ts';
import { errandInstanceId } from '../shared/domain/instanceIds.ts';
import { orchestrators } from './names.ts';
import { reasonOf, StepFailure, type Steps, wait } from './steps.ts';

/** What a try came to: its end, or what the next try has to know and how long to wait before it. */
export type Tried<Value, State> = { readonly kind: 'done'; readonly value: Value } | { readonly kind: 'again'; readonly state: State; readonly seconds: number };

/** Something that is tried until Graph answers. `tries` counts from 1. */
export interface Errand<Value, State> {
  readonly once: (context: OrchestrationContext, state: State, tries: number) => Steps<Tried<Value, State>>;
  /** What is said when the last try has come to nothing. */
  readonly gaveUp: (state: State) => string;
  readonly parse: (value: unknown) => Value;
}

/** Tries of one errand: more than two days, with an hour between the later ones. */
export const maxTries = 60;

// Nearly always one is enough.
const triesHere = 3;

/**
 * Runs an errand to its end. The first tries are made where it is asked for; those that remain in an orchestration of their own, a generation
 * each, so that the history of a batch does not grow with what Graph puts off.
 */
export function* persist<Value, State extends ErrandState>(context: OrchestrationContext, errand: Errand<Value, State>, first: State): Steps<Value> {
  let state = first;
  for (let tries = 1; tries <= triesHere; tries += 1) {
    const tried = yield* errand.once(context, state, tries);
    if (tried.kind === 'done') return tried.value;
    ({ state } = tried);
    if (tried.seconds > 0) yield* wait(context, tried.seconds);
  }
  const input: ErrandInput = { state, tries: triesHere };
  const answer = yield* inItsOwn(context, input);
  if (!answer.ok) throw new StepFailure(answer.reason);
  return errand.parse(answer.value);
}

function* inItsOwn(context: OrchestrationContext, input: ErrandInput): Steps<ReturnType<typeof errandResultSchema.parse>> {
  // Time has passed since the last errand of whoever asks: the instant makes the id one that was never used.
  const instanceId = errandInstanceId(context.df.instanceId, context.df.currentUtcDateTime.getTime());
  try {
    return errandResultSchema.parse(yield context.df.callSubOrchestrator(orchestrators.errand, input, instanceId));
  } catch (error) {
    throw new StepFailure(`the tries to ${input.state.kind} were ended: ${reasonOf(error)}`);
  }
}
