import type { GraphProblem, GraphResult } from '../shared/graph/result.ts';

/**
 * Describes a refusal by its status, codes and Graph's request-id. Graph's own text is left out,
 * because it may name people and this text enters the history.
 */
export function describeProblem(problem: GraphProblem): string {
  // A free text instead of a code may name people too.
  const codes = [...new Set(problem.codes)]
    .filter((code) => /^[\w.:-]{1,100}$/.test(code))
    .join(', ');
  const status = problem.httpStatus === 0 ? 'no response' : `status ${String(problem.httpStatus)}`;
  return `${status}${codes === '' ? '' : ` (${codes})`}, request-id ${problem.requestId ?? 'none'}`;
}

/** Returns true if Graph refuses the app itself: a permission or a consent is missing. */
export function isAppRefused({ httpStatus }: GraphProblem): boolean {
  return httpStatus === 401 || httpStatus === 403;
}

/** Seconds to wait if Graph does not say how long. */
export const throttleSeconds = 60;

/**
 * Returns true if the migration queue is full. Graph documents no status for that; nothing was
 * created.
 */
export function isQueueFull({ codes }: GraphProblem): boolean {
  return codes.some((code) => /^(quotaLimitReached|activityLimitReached)$/i.test(code));
}

/**
 * Returns true if a create is refused because the source has a task that is running or has
 * finished.
 */
export function sourceHasTask({ codes }: GraphProblem): boolean {
  return codes.some((code) => /^MnASiteMoveIsInprogressOrFinished$/i.test(code));
}

/**
 * The result of a read from Graph. `absent`: Graph responds with 404. `refused`: the read failed
 * for any other reason; `seconds` is the wait that Graph asks for, or 0.
 */
export type ReadResult<T> =
  | { readonly kind: 'seen'; readonly value: T }
  | { readonly kind: 'absent'; readonly problem: GraphProblem }
  | { readonly kind: 'refused'; readonly seconds: number; readonly problem: GraphProblem };

/**
 * Classifies the result of a read. Only a 404 means that the object does not exist; a success with
 * an undocumented body counts as a refusal.
 */
export function readResult<T>(result: GraphResult<T>): ReadResult<T> {
  if (result.kind === 'done') return { kind: 'seen', value: result.value };
  const { problem } = result;
  if (problem.httpStatus === 404) return { kind: 'absent', problem };
  return { kind: 'refused', seconds: 'seconds' in result ? result.seconds : 0, problem };
}
