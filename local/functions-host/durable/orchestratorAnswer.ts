import type { InvocationOutcome } from '../invocation/invocation.ts';
import { type OrchestratorState, orchestratorStateSchema } from './action.ts';
import { noErrorText } from './dotNetFailure.ts';

/**
 * The name of a task whose action object occurs twice in the SDK's own state: a task that was yielded in one compound and
 * again in another. The library passes that in silence; the host would schedule the task again, and all later ids would
 * shift by one. Only the object's identity shows it, the JSON does not. Undefined when all is well.
 */
export function repeatedAction(state: unknown): string | undefined {
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

const marker = '\n\n$OutOfProcData$:';

/** What came of a turn: the SDK's state, or the reason why there is none. `thrown`: the library itself threw, outside of the orchestrator's code. */
export type OrchestratorAnswer =
  | { readonly ok: true; readonly state: OrchestratorState }
  | { readonly ok: false; readonly message: string; readonly thrown: boolean };

/**
 * Reads the answer of an orchestrator. A failed one throws, with its state as JSON behind a marker in the message
 * (Durable extension protocol). An action object that occurs twice is refused: see repeatedAction.
 */
export function readAnswer(outcome: InvocationOutcome): OrchestratorAnswer {
  if (!outcome.ok) {
    const message = outcome.error instanceof Error ? outcome.error.message : String(outcome.error);
    const at = message.lastIndexOf(marker);
    if (at === -1) return { ok: false, message, thrown: true };
    const answer = parseState(message.slice(at + marker.length));
    // What was thrown is no Error or has no message. The library leaves the error out then, and the real host shows all that it was handed.
    return answer.ok && answer.state.error === undefined
      ? { ok: true, state: { ...answer.state, error: noErrorText(message) } }
      : answer;
  }
  const repeated = repeatedAction(outcome.result);
  if (repeated !== undefined) {
    return {
      ok: false,
      thrown: false,
      message: `Non-Deterministic workflow detected: the task '${repeated}' was yielded in a second compound after it had been yielded before. It would be scheduled again and every later result would go to the wrong task. Yield each task in one compound only.`,
    };
  }
  const text = outcome.returnValue?.json ?? outcome.returnValue?.string;
  return text === undefined
    ? {
        ok: false,
        thrown: false,
        message:
          'the orchestrator returned no state: is it a generator that was registered with durable-functions?',
      }
    : parseState(text);
}

function parseState(text: string): OrchestratorAnswer {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return {
      ok: false,
      thrown: false,
      message: `the orchestrator's state is not JSON: ${text.slice(0, 200)}`,
    };
  }
  const parsed = orchestratorStateSchema.safeParse(json);
  return parsed.success
    ? { ok: true, state: parsed.data }
    : {
        ok: false,
        thrown: false,
        message: `the orchestrator's state cannot be read: ${parsed.error.message}`,
      };
}
