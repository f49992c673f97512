import type { GraphProblem, GraphResult } from '../shared/graph/result.ts';

/**
 * What the history may keep of a refusal: status, codes and Graph's request-id. Graph's text stays out of it, because it
 * may name people.
 */
export function reasonOfRefusal(problem: GraphProblem): string {
  // A text in place of a code may name people as well.
  const codes = [...new Set(problem.codes)]
    .filter((code) => /^[\w.:-]{1,100}$/.test(code))
    .join(', ');
  const status = problem.httpStatus === 0 ? 'no answer' : `status ${String(problem.httpStatus)}`;
  return `${status}${codes === '' ? '' : ` (${codes})`}, request-id ${problem.requestId ?? 'none'}`;
}

/** True when Graph refuses the app, not what it asks for: a permission or a consent is missing. */
export function isAppRefused({ httpStatus }: GraphProblem): boolean {
  return httpStatus === 401 || httpStatus === 403;
}

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

/** What a read of Graph came to. `absent`: it answers 404; `refused`: it does not say, whatever the reason, and asks to wait for so many seconds; 0 where it does not. */
export type ReadResult<T> =
  | { readonly kind: 'seen'; readonly value: T }
  | { readonly kind: 'absent'; readonly problem: GraphProblem }
  | { readonly kind: 'refused'; readonly seconds: number; readonly problem: GraphProblem };

/** Says what the answer to a read shows. Only a 404 says that there is nothing; a success that is not what Graph documents says as little as a refusal. */
export function readResult<T>(answer: GraphResult<T>): ReadResult<T> {
  if (answer.kind === 'done') return { kind: 'seen', value: answer.value };
  const { problem } = answer;
  if (problem.httpStatus === 404) return { kind: 'absent', problem };
  return { kind: 'refused', seconds: 'seconds' in answer ? answer.seconds : 0, problem };
}
