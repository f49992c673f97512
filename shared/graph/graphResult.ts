/** What Graph said when it did not say yes. `requestId` is Graph's `request-id`, null when no answer came. */
export interface GraphProblem {
  /** 0 when no answer came. */
  readonly httpStatus: number;
  /**
   * The most specific code in the body, or an empty string. Three are the app's own: `notSent`, the call never left this process;
   * `noToken`, because there was no token for it; `unreadableAnswer`, a success whose body does not say what it should.
   */
  readonly code: string;
  /** Every code in the body: top, details, inner errors. */
  readonly codes: readonly string[];
  /** Graph's own words; without an answer the reason, in which no address is shown. */
  readonly message: string;
  readonly requestId: string | null;
  readonly clientRequestId: string | null;
}

/**
 * The results of a call to Graph: whatever Graph answers, and when it answers nothing, the result is one of these.
 * - `done`: it took effect; `value` is the parsed body.
 * - `retryAfter`: nothing happened, or nothing was learnt; try again after so many seconds: what Graph asks for and the second by which a durable timer may be early. For a write: 429, 423 or 425, and a
 *   call that never left this process. For a read also: no answer, an unreadable one, 408, 5xx.
 * - `notFound`: 404, for a write also 410.
 * - `conflict`: a write was answered 409: read again, decide again.
 * - `rejected`: another 3xx or 4xx, or 501: trying again as it is cannot help. A read that is refused says nothing about what it
 *   was to read; only 404 can mean that it is not there.
 * - `doubtful`: a write was sent and may or may not have taken effect (connection lost, 408, 5xx, a success that cannot be read):
 *   look before you repeat it, and not before `seconds` have passed, where Graph says so (else 0).
 */
export type GraphResult<T> =
  | { readonly kind: 'done'; readonly value: T; readonly requestId: string | null }
  | { readonly kind: 'retryAfter'; readonly seconds: number; readonly problem: GraphProblem }
  | { readonly kind: 'doubtful'; readonly seconds: number; readonly problem: GraphProblem }
  | { readonly kind: 'notFound' | 'conflict' | 'rejected'; readonly problem: GraphProblem };
