import type { InvocationOutcome } from '../invocation/invocation.ts';
import { type OrchestratorState, orchestratorStateSchema } from './action.ts';
import { noErrorText } from './dotNetFailure.ts';

const marker = '\n\n$OutOfProcData$:';

/**
 * The result of an orchestrator run: the library's state, or the reason why there is none. `thrown`
 * is true when the library itself threw, outside the orchestrator's code.
 */
export type OrchestratorResult =
  | { readonly ok: true; readonly state: OrchestratorState }
  | { readonly ok: false; readonly message: string; readonly thrown: boolean };

/**
 * Reads the result of an orchestrator run. A failed orchestrator throws, with its state as JSON
 * behind a marker in the message (Durable extension protocol). A state in which an action object
 * occurs twice is refused.
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
      ? { ok: true, state: { ...result.state, error: noErrorText(message) } }
      : result;
  }
  const repeated = repeatedAction(outcome.result);
  if (repeated !== undefined)
    return unreadable(
      `Non-Deterministic workflow detected: the task '${repeated}' was yielded in a second compound after it had been yielded before. It would be scheduled again and every later result would go to the wrong task. Yield each task in one compound only.`,
    );
  const text = outcome.returnValue?.json ?? outcome.returnValue?.string;
  return text === undefined
    ? unreadable(
        'the orchestrator returned no state: is it a generator that was registered with durable-functions?',
      )
    : parseState(text);
}

/**
 * Returns the name of a task whose action object occurs twice in the library's own state; undefined
 * when there is none. Such a task was yielded in one compound and again in another. The library
 * accepts that silently; the host would schedule the task again, and all later ids would shift by
 * one. Only the identity of the object shows it, not the JSON.
 */
function repeatedAction(state: unknown): string | undefined {
  const seen = new Set<object>();
  const visit = (action: unknown): string | undefined => {
    if (typeof action !== 'object' || action === null) return undefined;
    if (seen.has(action)) return nameOf(action);
    seen.add(action);
    if (!('compoundActions' in action) || !Array.isArray(action.compoundActions)) return undefined;
    return firstOf(action.compoundActions, visit);
  };
  if (
    typeof state !== 'object' ||
    state === null ||
    !('actions' in state) ||
    !Array.isArray(state.actions)
  )
    return undefined;
  return firstOf(state.actions, (turn) => (Array.isArray(turn) ? firstOf(turn, visit) : undefined));
}

function firstOf(
  items: readonly unknown[],
  visit: (item: unknown) => string | undefined,
): string | undefined {
  for (const item of items) {
    const found = visit(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function nameOf(action: object): string {
  if ('functionName' in action && typeof action.functionName === 'string')
    return action.functionName;
  if ('externalEventName' in action && typeof action.externalEventName === 'string')
    return action.externalEventName;
  return 'fireAt' in action ? 'timer' : 'compound';
}

function parseState(text: string): OrchestratorResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return unreadable(`the orchestrator's state is not JSON: ${text.slice(0, 200)}`);
  }
  const parsed = orchestratorStateSchema.safeParse(json);
  return parsed.success
    ? { ok: true, state: parsed.data }
    : unreadable(`the orchestrator's state cannot be read: ${parsed.error.message}`);
}

function unreadable(message: string): OrchestratorResult {
  return { ok: false, thrown: false, message };
}
