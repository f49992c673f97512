import type { GraphProblem, GraphResult } from '../../shared/graph/graphResult.ts';

/** What a read of Graph came to. `absent`: it answers 404; `refused`: it does not say, whatever the reason, and asks to wait for so many seconds; 0 where it does not. */
export type Looked<T> =
  | { readonly kind: 'seen'; readonly value: T }
  | { readonly kind: 'absent'; readonly problem: GraphProblem }
  | { readonly kind: 'refused'; readonly seconds: number; readonly problem: GraphProblem };

/** Says what the answer to a read shows. Only a 404 says that there is nothing; a success that is not what Graph documents says as little as a refusal. */
export function looked<T>(answer: GraphResult<T>): Looked<T> {
  if (answer.kind === 'done') return { kind: 'seen', value: answer.value };
  const { problem } = answer;
  if (problem.httpStatus === 404) return { kind: 'absent', problem };
  return { kind: 'refused', seconds: 'seconds' in answer ? answer.seconds : 0, problem };
}
