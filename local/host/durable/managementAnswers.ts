import type { DurableHttpResponse } from './durableHost.ts';

const json = { 'content-type': 'application/json' };

/** An answer without a body. */
export function emptyAnswer(status: number): DurableHttpResponse {
  return { status, headers: {}, body: '' };
}

/** An answer with a JSON body. */
export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): DurableHttpResponse {
  return { status, headers: { ...json, ...headers }, body: JSON.stringify(body) };
}

/** An answer in plain words: the client library shows the body of some failures as it stands. */
export function textAnswer(status: number, body: string): DurableHttpResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

/** 400 with the reason (Durable extension protocol). */
export function badArgument(detail: string): DurableHttpResponse {
  return jsonAnswer(400, {
    Message: 'One or more of the arguments submitted is incorrect',
    ExceptionMessage: detail,
    ExceptionType: 'System.ArgumentException',
  });
}

/** A failure with the reason (Durable extension protocol). */
export function failure(status: number, type: string, detail: string): DurableHttpResponse {
  return jsonAnswer(status, {
    Message: 'Something went wrong while processing your request',
    ExceptionMessage: detail,
    ExceptionType: type,
  });
}
