import type { HttpHeaders } from '@azure/core-rest-pipeline';

/** What Graph said when it did not say yes. `requestId` is Graph's `request-id`, null when no answer came. */
export interface GraphProblem {
  /** 0 when no answer came. */
  readonly httpStatus: number;
  /**
   * The most specific code in the body, or an empty string. Three are the app's own: `notSent`, the call never left this process;
   * `noToken`, because there was no token for it; `unreadableResponse`, a success whose body does not say what it should.
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
 * - `unknown`: a write was sent and may or may not have taken effect (connection lost, 408, 5xx, a success that cannot be read):
 *   look before you repeat it, and not before `seconds` have passed, where Graph says so (else 0).
 */
export type GraphResult<T> =
  | { readonly kind: 'done'; readonly value: T; readonly requestId: string | null }
  | { readonly kind: 'retryAfter'; readonly seconds: number; readonly problem: GraphProblem }
  | { readonly kind: 'unknown'; readonly seconds: number; readonly problem: GraphProblem }
  | { readonly kind: 'notFound' | 'conflict' | 'rejected'; readonly problem: GraphProblem };

// A wait of half a day is asked for on bad days; what is longer than a day is a mistake of the other side.
const longestSeconds = 86_400;

/**
 * The seconds of a `Retry-After` header: a number, or a date that is read against the answer's own `Date` so that a wrong
 * clock does no harm (RFC 9110). At most a day; undefined when there is none or it says nothing.
 */
export function retryAfterSeconds(headers: HttpHeaders): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return clamp(Number(text));
  const atMs = Date.parse(text);
  const nowMs = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(atMs)
    ? undefined
    : clamp((atMs - (Number.isNaN(nowMs) ? Date.now() : nowMs)) / 1_000);
}

function clamp(seconds: number): number {
  return Math.min(longestSeconds, Math.max(0, Math.ceil(seconds)));
}
