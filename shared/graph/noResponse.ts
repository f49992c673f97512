import type { PipelineRequest } from '@azure/core-rest-pipeline';
import { maskAddresses } from '../domain/text.ts';
import type { GraphProblem } from './result.ts';

const maxChars = 500;

/**
 * Returns the messages of an error and its causes, without principal names, the paths of addresses
 * and tokens.
 */
export function causeText(error: unknown): string {
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
