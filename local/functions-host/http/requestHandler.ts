import type { IncomingMessage } from 'node:http';
import type { DurableHost } from '../durable/durableHost.ts';
import type { Invocation, Invoke } from '../invocation/invocation.ts';
import type { AdminApi } from './adminApi.ts';
import { emptyAnswer, type HttpAnswer, httpAnswer, readBody } from './answer.ts';
import type { HostKeys } from './hostKeys.ts';
import type { HttpFunction, RouteTable } from './routeTable.ts';

/** Hands a request to the durable management API; `prefix` is the part of the path in front of it. */
export async function durableAnswer(
  durable: DurableHost,
  request: IncomingMessage,
  url: URL,
  prefix: string,
  systemKey: string,
): Promise<HttpAnswer> {
  const body = await readBody(request);
  if (body === undefined) return emptyAnswer(413);
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct))
    headers[name] = (values ?? []).join(',');
  const answer = await durable.handle({
    method: request.method ?? 'GET',
    path: url.pathname.slice(prefix.length).replace(/^\/+/, ''),
    query: url.searchParams,
    headers,
    body: body.toString('utf8'),
    base: `${url.origin}${prefix}`,
    systemKey,
  });
  return { status: answer.status, headers: answer.headers, body: Buffer.from(answer.body) };
}

/** The invocation that a request stands for (Functions worker protocol, HTTP trigger without streaming). */
export function httpInvocation(
  functionName: string,
  request: IncomingMessage,
  url: URL,
  routeValues: Readonly<Record<string, string>>,
  body: Buffer,
): Invocation {
  // Names that callers choose, such as `constructor`, must find nothing of an object's own.
  const names = new Set(url.searchParams.keys());
  const query = Object.fromEntries(
    [...names].map((name) => [name, url.searchParams.getAll(name).join(',')]),
  );
  const headers = Object.fromEntries(
    Object.entries(request.headersDistinct)
      .map(([name, values]) => [name, (values ?? []).join(',')] as const)
      .filter(([, value]) => value !== ''),
  );
  const params = Object.fromEntries(
    Object.entries(routeValues).filter(([, value]) => value !== ''),
  );
  const traceParent = headers['traceparent'];
  return {
    functionName,
    reason: 'This function was programmatically called via the host APIs.',
    inputData: [
      {
        name: '',
        data: {
          http: {
            method: request.method ?? 'GET',
            url: url.href,
            nullableHeaders: nullable(headers),
            nullableQuery: nullable(query),
            nullableParams: nullable(params),
            ...(body.length === 0 ? {} : { body: { bytes: body } }),
          },
        },
      },
    ],
    triggerMetadata: {},
    ...(traceParent === undefined ? {} : { traceParent }),
  };
}

function nullable(
  values: Readonly<Record<string, string>>,
): Record<string, { readonly value: string }> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}

/** The key that a request brings: header `x-functions-key`, else the query's `code`. */
export function presentedKey(request: IncomingMessage, url: URL): string | undefined {
  const header = request.headers['x-functions-key'];
  if (typeof header === 'string') return header;
  return url.searchParams.get('code') ?? undefined;
}

export const durablePath = '/runtime/webhooks/durabletask';

interface RequestHandlerOptions {
  /** Whether keys are asked for; Core Tools does not ask for them on a developer's machine. */
  readonly auth: boolean;
  readonly keys: HostKeys;
  readonly routes: RouteTable;
  readonly functions: readonly HttpFunction[];
  readonly admin: AdminApi;
  readonly durable: DurableHost;
  readonly invoke: Invoke;
}

/** Answers what arrives at the public port: functions by their routes, the admin API, the durable management API. */
export class RequestHandler {
  readonly #options: RequestHandlerOptions;
  readonly #functions: ReadonlyMap<string, HttpFunction>;

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
    this.#functions = new Map(options.functions.map((found) => [found.name, found]));
  }

  readonly handle = async (request: IncomingMessage, url: URL): Promise<HttpAnswer> => {
    const { auth, keys, admin, durable } = this.#options;
    const path = url.pathname;
    const key = presentedKey(request, url);
    if (/^\/admin\//i.test(path)) {
      if (auth && !keys.opensAdmin(key)) return emptyAnswer(401);
      const body = await readBody(request);
      return body === undefined
        ? emptyAnswer(413)
        : admin.handle(request.method ?? 'GET', path.slice('/admin/'.length), body);
    }
    if (path.toLowerCase().startsWith(`${durablePath}/`)) {
      if (auth && !keys.opensDurable(key)) return emptyAnswer(401);
      return durableAnswer(durable, request, url, durablePath, keys.durableKey);
    }
    return this.#function(request, url, key);
  };

  async #function(
    request: IncomingMessage,
    url: URL,
    key: string | undefined,
  ): Promise<HttpAnswer> {
    const { auth, keys, routes, invoke } = this.#options;
    const found = routes.find(request.method ?? 'GET', url.pathname);
    const http = found === undefined ? undefined : this.#functions.get(found.functionName);
    if (found === undefined || http === undefined) return emptyAnswer(404);
    if (auth && !keys.opensFunction(http, key)) return emptyAnswer(401);
    // As the real host does without HTTP streams: what comes in chunks without a length is not handed over.
    const body = isChunked(request) ? Buffer.alloc(0) : await readBody(request);
    if (body === undefined) return emptyAnswer(413);
    return httpAnswer(
      await invoke(httpInvocation(found.functionName, request, url, found.values, body)),
    );
  }
}

function isChunked({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined && headers['content-length'] === undefined;
}
