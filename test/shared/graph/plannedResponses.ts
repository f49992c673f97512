import { createHttpHeaders, type HttpClient, RestError } from '@azure/core-rest-pipeline';

/** A response of Graph. A `body` that is not text is sent as JSON. */
export interface Planned {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Whether no response comes. */
  readonly lost?: boolean;
}

/** A request that a client has sent. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

/**
 * Returns an HTTP client with planned responses and the request-ids `req-1`, `req-2` and so on. The
 * last response repeats.
 */
export function plannedResponses(plan: readonly Planned[]): {
  readonly httpClient: HttpClient;
  readonly sent: readonly Sent[];
} {
  const sent: Sent[] = [];
  const httpClient: HttpClient = {
    sendRequest: (request) => {
      const {
        status = 200,
        body,
        headers = {},
        lost = false,
      } = plan[Math.min(sent.length, plan.length - 1)] ?? {};
      sent.push({
        method: request.method,
        url: request.url,
        headers: request.headers.toJSON(),
        body: typeof request.body === 'string' ? (JSON.parse(request.body) as unknown) : undefined,
      });
      if (lost)
        return Promise.reject(new RestError('socket hang up', { code: 'ECONNRESET', request }));
      const bodyAsText =
        typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
      return Promise.resolve({
        request,
        status,
        headers: createHttpHeaders({ 'request-id': `req-${String(sent.length)}`, ...headers }),
        bodyAsText,
      });
    },
  };
  return { httpClient, sent };
}
