import type { HttpHeaders, PipelineRequest } from '@azure/core-rest-pipeline';
import { maskAddresses } from '../contracts/text.ts';
import { graphPolicy } from '../domain/policies.ts';

/** Why a call did not succeed. `requestId` is Graph's `request-id`, or null without a response. */
export interface GraphProblem {
  /** 0 without a response. */
  readonly httpStatus: number;
  /**
   * The most specific code in the body, or an empty string. Four codes are the app's own:
   * - `notSent`: the call was not sent.
   * - `noToken`: the call was not sent because there was no token.
   * - `heldBack`: the call was not sent because Graph asked for a wait.
   * - `unreadableResponse`: the body of a successful response is not what Graph documents.
   */
  readonly code: string;
  /** Every code in the body: of the error, its details and its inner errors. */
  readonly codes: readonly string[];
  /** Graph's message. Without a response, the reason, without addresses of people. */
  readonly message: string;
  readonly requestId: string | null;
  readonly clientRequestId: string | null;
}

/**
 * The result of a call to Graph.
 * - `done`: the call took effect; `value` is the parsed body.
 * - `retryAfter`: the call had no effect. Repeat it after `seconds`, which is Graph's `Retry-After`
 *   plus the second by which a durable timer may be early. For a write: 423, 425, 429, or a call
 *   that was not sent. For a read also: 408, 5xx, no response or an unreadable one.
 * - `notFound`: 404, for a write also 410.
 * - `conflict`: a write got a 409. Read again and decide again.
 * - `rejected`: any other 3xx or 4xx, or 501. Repeating the call does not help. A rejected read
 *   does not mean that the object does not exist; only 404 can.
 * - `unknown`: a write was sent and may have taken effect (no response, 408, 5xx, an unreadable
 *   response). Read before you repeat it, and wait for `seconds` first, which is 0 without a
 *   `Retry-After`.
 */
export type GraphResult<T> =
  | { readonly kind: 'done'; readonly value: T; readonly requestId: string | null }
  | { readonly kind: 'retryAfter'; readonly seconds: number; readonly problem: GraphProblem }
  | { readonly kind: 'unknown'; readonly seconds: number; readonly problem: GraphProblem }
  | { readonly kind: 'notFound' | 'conflict' | 'rejected'; readonly problem: GraphProblem };

/**
 * Returns the seconds of a `Retry-After` header, at most a day, or undefined. A date is compared
 * with the response's own `Date`, so that a wrong clock does not matter (RFC 9110).
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
  return Math.min(graphPolicy.longestRetryAfterSeconds, Math.max(0, Math.ceil(seconds)));
}

const maxChars = 500;

/**
 * Returns the messages of an error and its causes, without principal names, the paths of addresses
 * and tokens.
 */
function causeText(error: unknown): string {
  const texts: string[] = [];
  for (
    let cause = error, depth = 0;
    cause !== undefined && cause !== null && depth < 4;
    cause = cause instanceof Error ? cause.cause : undefined, depth += 1
  ) {
    const text = masked(
      cause instanceof Error ? messageOf(cause) : typeof cause === 'string' ? cause : '',
    );
    if (text !== '' && !texts.includes(text)) texts.push(text);
  }
  return texts.join(': ').slice(0, maxChars);
}

function messageOf(error: Error): string {
  if (error.message !== '') return error.message;
  // A connection that was tried at several addresses has one error for each.
  return error instanceof AggregateError
    ? error.errors.map((one: unknown) => (one instanceof Error ? one.message : '')).join(', ')
    : error.name;
}

function masked(text: string): string {
  const tokenless = text.replace(/\beyJ[\w-]+(?:\.[\w-]*)*/g, '(token)');
  return maskAddresses(
    tokenless.replace(/\bhttps?:\/\/[^\s"<>]+/gi, (url) =>
      URL.canParse(url) ? `${new URL(url).origin}/…` : '(address)',
    ),
  );
}

/** A call that got no response. */
export interface NoResponse {
  /** Whether a request was sent: then a write may have taken effect. */
  readonly wasSent: boolean;
  readonly problem: GraphProblem;
}

/** Returns the result of a request that was sent and got no complete response. */
export function sentWithoutResponse(
  call: string,
  request: PipelineRequest,
  cause: unknown,
): NoResponse {
  return {
    wasSent: true,
    problem: {
      ...problem('', `${call}: no response: ${causeText(cause)}`),
      clientRequestId: request.headers.get('client-request-id') ?? null,
    },
  };
}

/** Returns the result of a request that was not sent, so that nothing can have happened. */
export function notSent(call: string, cause: unknown): NoResponse {
  return {
    wasSent: false,
    problem:
      cause instanceof NoTokenError
        ? problem('noToken', `${call}: no token: ${causeText(cause.cause)}`)
        : problem('notSent', `${call}: not sent: ${causeText(cause)}`),
  };
}

/** The credential returned no token; `cause` says why. */
export class NoTokenError extends Error {
  override readonly name = 'NoTokenError';

  constructor(cause: unknown) {
    super('the credential returned no token', { cause });
  }
}

function problem(code: string, message: string): GraphProblem {
  return {
    httpStatus: 0,
    code,
    codes: code === '' ? [] : [code],
    message,
    requestId: null,
    clientRequestId: null,
  };
}
