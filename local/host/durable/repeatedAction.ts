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
