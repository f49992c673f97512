import type { GraphProblem } from '../../shared/graph/graphResult.ts';

/** How long to wait for a Graph that says neither when nor why. */
export const throttleSeconds = 60;

/** True for an answer that only says that the queue of moves is full: Graph documents none for that, and nothing was created. */
export function isQueueFull({ codes }: GraphProblem): boolean {
  return codes.some((code) => /^(quotaLimitReached|activityLimitReached)$/i.test(code));
}

/** True for a create that is refused because the source has a task that has not ended, or that has moved it. */
export function isThere({ codes }: GraphProblem): boolean {
  return codes.some((code) => /^MnASiteMoveIsInprogressOrFinished$/i.test(code));
}
