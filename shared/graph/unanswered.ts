import type { PipelineRequest } from '@azure/core-rest-pipeline';
import { causeText } from './causeText.ts';
import type { GraphProblem } from './graphResult.ts';

/** What is known of a call that no answer came to. */
export interface Unanswered {
  /** A request was handed to the network: a write may have taken effect. */
  readonly wasSent: boolean;
  readonly problem: GraphProblem;
}

/** A request was sent and not answered, or not to the end. */
export function lost(call: string, request: PipelineRequest, cause: unknown): Unanswered {
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
