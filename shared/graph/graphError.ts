import type { GraphProblem } from './graphResult.ts';

/** Graph answered in a way that no caller can act on; the request-id is in the message. */
export class GraphError extends Error {
  override readonly name: string = 'GraphError';
  readonly problem: GraphProblem;

  constructor(operation: string, problem: GraphProblem, options?: ErrorOptions) {
    const { httpStatus, code, requestId, clientRequestId } = problem;
    super(
      `${operation}: Graph answered ${httpStatus === 0 ? 'nothing' : String(httpStatus)}${code === '' ? '' : ` ${code}`} (request-id ${requestId ?? 'none'}, client-request-id ${clientRequestId ?? 'none'})`,
      options,
    );
    this.problem = problem;
  }
}
