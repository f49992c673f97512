import type { IncomingMessage } from 'node:http';
import type { DurableHost } from '../durable/durableHost.ts';
import type { Invoke } from '../invocation/invocation.ts';
import type { AdminApi } from './adminApi.ts';
import type { Cors } from './cors.ts';
import type { HostKeys } from './hostKeys.ts';
import { httpInvocation } from './httpInvocation.ts';
import type { HttpStreams } from './httpStreams.ts';
import { emptyResponse, functionResponse, type HostResponse } from './response.ts';
import type { HttpFunction, RouteTable } from './routeTable.ts';

/** Passes a request to the durable management API. `prefix` is the part of the path before it. */
export async function durableResponse(
  durable: DurableHost,
  request: IncomingMessage,
  url: URL,
  prefix: string,
  systemKey: string,
): Promise<HostResponse> {
  const body = await readBody(request);
  if (body === undefined) return emptyResponse(413);
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct))
    headers[name] = (values ?? []).join(',');
  const response = await durable.handle({
    method: request.method ?? 'GET',
    path: url.pathname.slice(prefix.length).replace(/^\/+/, ''),
    query: url.searchParams,
    headers,
    body: body.toString('utf8'),
    base: `${url.origin}${prefix}`,
    systemKey,
  });
  return { ...response, body: Buffer.from(response.body) };
}

/** Returns the key in a request: the header `x-functions-key`, or `code` in the query. */
function requestKey(request: IncomingMessage, url: URL): string | undefined {
  const header = request.headers['x-functions-key'];
  if (typeof header === 'string') return header;
  return url.searchParams.get('code') ?? undefined;
}

/** The path of the durable management API on the public port. */
export const durablePath = '/runtime/webhooks/durabletask';

interface RequestHandlerOptions {
  /** Whether callers need a key. Core Tools does not require one. */
  readonly auth: boolean;
  readonly keys: HostKeys;
  readonly routes: RouteTable;
  readonly functions: readonly HttpFunction[];
  readonly admin: AdminApi;
  readonly durable: DurableHost;
  readonly invoke: Invoke;
  /** Calls the functions of an app that has set `enableHttpStream`. */
  readonly streams?: HttpStreams | undefined;
  readonly cors?: Cors;
  /** `extensions.http.customHeaders` of host.json: headers of every response of a function. */
  readonly customHeaders?: Readonly<Record<string, string>>;
  /** `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`: the longest body of a request. */
  readonly maxBodyBytes?: number;
}

/**
 * Handles the requests to the public port: functions by their routes, the admin API, the durable
 * management API.
 */
export class RequestHandler {
  readonly #options: RequestHandlerOptions;
  readonly #functions: ReadonlyMap<string, HttpFunction>;

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
    this.#functions = new Map(options.functions.map((found) => [found.name, found]));
  }

  readonly handle = async (request: IncomingMessage, url: URL): Promise<HostResponse> => {
    const { auth, keys, admin, durable } = this.#options;
    const path = url.pathname;
    const key = requestKey(request, url);
    if (/^\/admin\//i.test(path)) {
      if (auth && !keys.allowsAdmin(key)) return emptyResponse(401);
      const body = await readBody(request);
      return body === undefined
        ? emptyResponse(413)
        : admin.handle(request.method ?? 'GET', path.slice('/admin/'.length), body);
    }
    if (path.toLowerCase().startsWith(`${durablePath}/`)) {
      if (auth && !keys.allowsDurable(key)) return emptyResponse(401);
      return durableResponse(durable, request, url, durablePath, keys.durableKey);
    }
    return this.#function(request, url, key);
  };

  async #function(
    request: IncomingMessage,
    url: URL,
    key: string | undefined,
  ): Promise<HostResponse> {
    const { auth, keys, routes, cors, customHeaders } = this.#options;
    const preflight = cors?.preflight(request);
    if (preflight !== undefined) return preflight;
    if (url.pathname.includes('%00')) return emptyResponse(400);
    const found = routes.find(request.method ?? 'GET', url.pathname);
    const http = found === undefined ? undefined : this.#functions.get(found.functionName);
    if (found === undefined || http === undefined)
      return url.pathname === '/' ? homePage : emptyResponse(404);
    if (auth && !keys.allowsFunction(http, key)) return emptyResponse(401);
    const response = await this.#call(found.functionName, request, url, found.values);
    const withHeaders = { ...response, headers: { ...response.headers, ...customHeaders } };
    return cors === undefined ? withHeaders : cors.allow(request, withHeaders);
  }

  async #call(
    functionName: string,
    request: IncomingMessage,
    url: URL,
    routeValues: Readonly<Record<string, string>>,
  ): Promise<HostResponse> {
    const { invoke, streams, maxBodyBytes } = this.#options;
    if (streams !== undefined) return streams.call(functionName, request, url, routeValues);
    // Without HTTP streams, the real host gives the function no body when the request has no
    // length.
    const body = isChunked(request) ? Buffer.alloc(0) : await readBody(request, maxBodyBytes);
    if (body === undefined) return emptyResponse(413);
    return functionResponse(
      await invoke(httpInvocation(functionName, request, url, routeValues, body)),
    );
  }
}

function isChunked({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined && headers['content-length'] === undefined;
}

const homePage: HostResponse = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: Buffer.from(
    '<!DOCTYPE html><title>Functions host</title><p>The Functions host is running.',
  ),
};

// The preset of the Functions host.
const defaultMaxBodyBytes = 104_857_600;

/**
 * Reads the whole body; undefined when it is longer than `maxBytes`. Rejects when the client closes
 * the connection.
 */
async function readBody(
  request: IncomingMessage,
  maxBytes = defaultMaxBodyBytes,
): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!(chunk instanceof Buffer)) continue;
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
