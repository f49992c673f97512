/** A request to the management API. */
export interface DurableHttpRequest {
  readonly method: string;
  /** The part of the path after the base. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The base that the caller used. `Location` headers and management addresses start with it. */
  readonly base: string;
  /** The key that the management addresses in the response contain. */
  readonly systemKey: string;
}

/** A response of the management API. */
export interface DurableHttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for no body. */
  readonly body: string;
}

/** The content type of every JSON body. */
export const jsonType = 'application/json; charset=utf-8';

const internalBase = 'http://host/durabletask';

/**
 * Creates a request for a caller in the same process. `path` may have a query; `input` becomes the
 * JSON body, and there is no body when it is left out.
 */
export function managementRequest(
  method: string,
  path: string,
  input?: unknown,
): DurableHttpRequest {
  const url = new URL(`${internalBase}/${path}`);
  return {
    method,
    path: url.pathname.slice('/durabletask/'.length),
    query: url.searchParams,
    headers: { 'content-type': 'application/json' },
    body: input === undefined ? '' : JSON.stringify(input),
    base: internalBase,
    systemKey: 'key',
  };
}

/** Returns a response without a body. */
export function emptyResponse(status: number): DurableHttpResponse {
  return { status, headers: {}, body: '' };
}

/** Returns a response with a JSON body. */
export function jsonResponse(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): DurableHttpResponse {
  return {
    status,
    headers: { 'content-type': jsonType, ...headers },
    body: JSON.stringify(body),
  };
}

/**
 * Returns a response in plain text. The client library shows the body of some failures unchanged.
 */
export function textResponse(status: number, body: string): DurableHttpResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

/** Returns 400 with the reason (Durable extension protocol). */
export function badArgument(detail: string): DurableHttpResponse {
  return jsonResponse(400, {
    Message: 'One or more of the arguments submitted is incorrect',
    ExceptionMessage: detail,
    ExceptionType: 'System.ArgumentException',
  });
}

/** Returns a failure with the reason (Durable extension protocol). */
export function failure(status: number, type: string, detail: string): DurableHttpResponse {
  return jsonResponse(status, {
    Message: 'Something went wrong while processing your request',
    ExceptionMessage: detail,
    ExceptionType: type,
  });
}
