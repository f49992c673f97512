import type { InvocationOutcome } from '../invocation/invocation.ts';
import { actionTypes, type OrchestratorState, orchestratorStateSchema } from './action.ts';
import { noErrorText } from './dotNetFailure.ts';

const marker = '\n\n$OutOfProcData$:';

/**
 * The result of an orchestrator run: the library's state, or the reason why there is none. `repeats`
 * are the actions that stand for an earlier one. `thrown` is true when the library itself threw,
 * outside the orchestrator's code.
 */
export type OrchestratorResult =
  | { readonly ok: true; readonly state: OrchestratorState; readonly repeats: Repeats }
  | { readonly ok: false; readonly message: string; readonly thrown: boolean };

/**
 * Reads the result of an orchestrator run. A failed orchestrator throws, with its state as JSON
 * behind a marker in the message (Durable extension protocol). A state in which a call occurs twice
 * is refused.
 */
export function readOrchestratorResult(outcome: InvocationOutcome): OrchestratorResult {
  if (!outcome.ok) {
    const message = outcome.error instanceof Error ? outcome.error.message : String(outcome.error);
    const at = message.lastIndexOf(marker);
    if (at === -1) return { ok: false, message, thrown: true };
    const result = parseState(message.slice(at + marker.length));
    // The library omits the error when the thrown value is no Error or has no message. The real
    // host then shows all that the library threw.
    return result.ok && result.state.error === undefined
      ? { ...result, state: { ...result.state, error: noErrorText(message) } }
      : result;
  }
  const { repeats, repeatedCall } = repeatedActions(outcome.result);
  if (repeatedCall !== undefined)
    return unreadable(
      `Non-Deterministic workflow detected: the task '${repeatedCall}' was yielded in a second compound after it had been yielded before. It would be scheduled again and every later result would go to the wrong task. Yield each task in one compound only.`,
    );
  const text = outcome.returnValue?.json ?? outcome.returnValue?.string;
  return text === undefined
    ? unreadable(
        'the orchestrator returned no state: is it a generator that was registered with durable-functions?',
      )
    : parseState(text, repeats);
}

/**
 * The positions in the action list at which the object of an earlier action stands again, with the
 * position of the earlier one.
 */
export type Repeats = ReadonlyMap<string, string>;

/**
 * Returns the action objects that occur twice in the library's own state: tasks that were yielded in
 * one compound and again in another. The library knows them as one task, and the host as two. Only
 * the identity of the object shows it, not the JSON. `repeatedCall` is the name of a repeated
 * activity or sub-orchestration, which would run twice.
 */
function repeatedActions(state: unknown): {
  readonly repeats: Repeats;
  readonly repeatedCall: string | undefined;
} {
  const seen = new Map<object, string>();
  const repeats = new Map<string, string>();
  let repeatedCall: string | undefined;
  const visit = (action: unknown, position: string): void => {
    if (typeof action !== 'object' || action === null) return;
    const earlier = seen.get(action);
    if (earlier === undefined) seen.set(action, position);
    else {
      repeats.set(position, earlier);
      repeatedCall ??= calledFunction(action);
    }
    if ('compoundActions' in action && Array.isArray(action.compoundActions))
      for (const [index, child] of action.compoundActions.entries())
        visit(child, `${position}.${String(index)}`);
  };
  if (typeof state === 'object' && state !== null && 'actions' in state) {
    const actions: readonly unknown[] = Array.isArray(state.actions) ? state.actions.flat() : [];
    for (const [index, action] of actions.entries()) visit(action, String(index));
  }
  return { repeats, repeatedCall };
}

/** Returns the function that an action calls; undefined for timers, events and compounds. */
function calledFunction(action: object): string | undefined {
  if ('functionName' in action && typeof action.functionName === 'string')
    return action.functionName;
  const type = 'actionType' in action ? action.actionType : undefined;
  return type === actionTypes.createTimer ||
    type === actionTypes.waitForExternalEvent ||
    type === actionTypes.whenAny ||
    type === actionTypes.whenAll
    ? undefined
    : `action ${String(type)}`;
}

function parseState(text: string, repeats: Repeats = new Map()): OrchestratorResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return unreadable(`the orchestrator's state is not JSON: ${text.slice(0, 200)}`);
  }
  const parsed = orchestratorStateSchema.safeParse(json);
  return parsed.success
    ? { ok: true, state: parsed.data, repeats }
    : unreadable(`the orchestrator's state cannot be read: ${parsed.error.message}`);
}

function unreadable(message: string): OrchestratorResult {
  return { ok: false, thrown: false, message };
}
