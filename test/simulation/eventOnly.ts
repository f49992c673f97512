import {
  type Action,
  actionTypes,
  type InvocationOutcome,
  readOrchestratorResult,
} from '../../local/functions-host/index.ts';

const { continueAsNew, createTimer, waitForExternalEvent, whenAny, whenAll } = actionTypes;
const waits: readonly number[] = [createTimer, waitForExternalEvent];

/**
 * Whether an orchestrator's answer ends a generation that has waited for an event and done nothing else. Durable delivers an event that has won once more
 * after continue-as-new: such a generation ends at once, again and again.
 */
export function hasWaitedOnly(outcome: InvocationOutcome): boolean {
  // Most answers have no such action: they need not be parsed.
  if (
    !outcome.ok ||
    outcome.returnValue?.json?.includes(`"actionType":${String(continueAsNew)}`) !== true
  )
    return false;
  const answer = readOrchestratorResult(outcome);
  if (!answer.ok) return false;
  const actions = leaves(answer.state.actions.flat());
  const others = actions.filter(({ actionType }) => actionType !== continueAsNew);
  return (
    others.length < actions.length &&
    others.some(({ actionType }) => actionType === waitForExternalEvent) &&
    others.every(({ actionType }) => waits.includes(actionType))
  );
}

function leaves(actions: readonly Action[]): readonly Action[] {
  return actions.flatMap((action) =>
    action.actionType === whenAny || action.actionType === whenAll
      ? leaves(action.compoundActions ?? [])
      : [action],
  );
}
