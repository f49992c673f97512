import type { GraphProblem } from '../../shared/graph/graphResult.ts';

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
