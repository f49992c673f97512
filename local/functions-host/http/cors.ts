import type { IncomingMessage } from 'node:http';
import { emptyResponse, type HostResponse } from './response.ts';

/** Which web pages may call the functions, as `Host.CORS` of local.settings.json or `--cors` say. */
export class Cors {
  readonly #origins: ReadonlySet<string>;
  readonly #allowsCredentials: boolean;

  /** @param origins separated by commas; `*` for any; empty for none */
  constructor(origins: string, allowsCredentials: boolean) {
    this.#origins = new Set(
      origins
        .split(',')
        .map((origin) => origin.trim().replace(/\/$/, '').toLowerCase())
        .filter((origin) => origin !== ''),
    );
    this.#allowsCredentials = allowsCredentials;
  }

  /** Returns the response to a preflight request; undefined for other requests. */
  preflight(request: IncomingMessage): HostResponse | undefined {
    const method = request.headers['access-control-request-method'];
    const requestedHeaders = request.headers['access-control-request-headers'];
    if (this.#origins.size === 0 || request.method !== 'OPTIONS' || method === undefined)
      return undefined;
    const headers = this.#headers(request);
    return {
      ...emptyResponse(204),
      headers: {
        ...headers,
        ...(headers['access-control-allow-origin'] === undefined
          ? {}
          : {
              'access-control-allow-methods': method,
              ...(requestedHeaders === undefined
                ? {}
                : { 'access-control-allow-headers': requestedHeaders }),
            }),
      },
    };
  }

  /** Returns the response with the headers that let the page of an allowed origin read it. */
  allow(request: IncomingMessage, response: HostResponse): HostResponse {
    return { ...response, headers: { ...response.headers, ...this.#headers(request) } };
  }

  #headers({ headers }: IncomingMessage): Readonly<Record<string, string>> {
    const { origin } = headers;
    const allowsAny = this.#origins.has('*');
    if (origin === undefined || !(allowsAny || this.#origins.has(origin.toLowerCase()))) return {};
    if (allowsAny && !this.#allowsCredentials) return { 'access-control-allow-origin': '*' };
    return {
      'access-control-allow-origin': origin,
      vary: 'Origin',
      ...(this.#allowsCredentials ? { 'access-control-allow-credentials': 'true' } : {}),
    };
  }
}
