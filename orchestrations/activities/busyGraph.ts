import type { GraphProblem } from '../../shared/graph/graphResult.ts';

/** How long to wait for a Graph that says neither when nor why. */
export const throttleSeconds = 60;

/** True for an answer that only says that the queue of moves is full: Graph documents none for that, and nothing was created. */
export function isQueueFull({ codes }: GraphProblem): boolean {
  return codes.some((code) => /^(quotaLimitReached|activityLimitReached)$/i.test(code));
}
