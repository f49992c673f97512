/** What Graph said when it did not say yes. `requestId` is Graph's `request-id`, null when no answer came. */
export interface GraphProblem {
  readonly httpStatus: number;
  /** The most specific code in the body, or an empty string. */
  readonly code: string;
  /** Every code in the body: top, details, inner errors. */
  readonly codes: readonly string[];
  readonly message: string;
  readonly requestId: string | null;
  readonly clientRequestId: string | null;
}

/**
 * The expected results of a call to Graph; only the unexpected is thrown (a GraphError).
 * - `done`: it took effect; `value` is the parsed body.
 * - `retryAfter`: throttled, or a read that met a 503 with a `Retry-After`; try again after so many seconds. Nothing happened: a write
 *   that met a 503 may have taken effect all the same and is `doubtful`.
 * - `notFound`: 404 or 410.
 * - `conflict`: 409: read again, decide again.
 * - `rejected`: another 4xx or 501: trying again as it is cannot help.
 * - `doubtful`: a write may or may not have taken effect (connection lost, 5xx): look before you repeat it,
 *   and not before `seconds` have passed, where Graph says so (else 0).
 */
export type GraphResult<T> =
  | { readonly kind: 'done'; readonly value: T; readonly requestId: string | null }
  | { readonly kind: 'retryAfter'; readonly seconds: number; readonly problem: GraphProblem }
  | { readonly kind: 'doubtful'; readonly seconds: number; readonly problem: GraphProblem }
  | { readonly kind: 'notFound' | 'conflict' | 'rejected'; readonly problem: GraphProblem };
