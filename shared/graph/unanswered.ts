import type { PipelineRequest } from '@azure/core-rest-pipeline';
import { withoutAddresses } from '../domain/text.ts';
import type { GraphProblem } from './result.ts';

const maxChars = 500;

/**
 * The words of an error and of its causes, for a person who looks for the reason: without whom a call was about (principal names
 * and the paths of addresses) and without tokens.
 */
export function causeText(error: unknown): string {
  const texts: string[] = [];
  for (
    let cause = error, depth = 0;
    cause !== undefined && cause !== null && depth < 4;
    cause = cause instanceof Error ? cause.cause : undefined, depth += 1
  ) {
    const text = masked(
      cause instanceof Error ? wordsOf(cause) : typeof cause === 'string' ? cause : '',
    );
    if (text !== '' && !texts.includes(text)) texts.push(text);
  }
  return texts.join(': ').slice(0, maxChars);
}

function wordsOf(error: Error): string {
  if (error.message !== '') return error.message;
  // A connection that was tried at several addresses has its words in the errors of each.
  return error instanceof AggregateError
    ? error.errors.map((one: unknown) => (one instanceof Error ? one.message : '')).join(', ')
    : error.name;
}

function masked(text: string): string {
  const tokenless = text.replace(/\beyJ[\w-]+(?:\.[\w-]*)*/g, '(token)');
  return withoutAddresses(
    tokenless.replace(/\bhttps?:\/\/[^\s"<>]+/gi, (url) =>
      URL.canParse(url) ? `${new URL(url).origin}/…` : '(address)',
    ),
  );
}

/** What is known of a call that no answer came to. */
export interface Unanswered {
  /** A request was handed to the network: a write may have taken effect. */
  readonly wasSent: boolean;
  readonly problem: GraphProblem;
}

/** A request was sent and not answered, or not to the end. */
export function isUnanswered(call: string, request: PipelineRequest, cause: unknown): Unanswered {
  return {
    wasSent: true,
    problem: {
      ...problem('', `${call}: no answer: ${causeText(cause)}`),
      clientRequestId: request.headers.get('client-request-id') ?? null,
    },
  };
}

/** No request is on its way: nothing can have happened. */
export function notSent(call: string, cause: unknown): Unanswered {
  return {
    wasSent: false,
    problem:
      cause instanceof NoTokenError
        ? problem('noToken', `${call}: no token: ${causeText(cause.cause)}`)
        : problem('notSent', `${call}: not sent: ${causeText(cause)}`),
  };
}

/** The credential gave no token; `cause` says why. */
export class NoTokenError extends Error {
  override readonly name = 'NoTokenError';

  constructor(cause: unknown) {
    super('the credential gave no token', { cause });
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
