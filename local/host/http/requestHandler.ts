import type { IncomingMessage } from 'node:http';
import type { DurableHost } from '../durable/durableHost.ts';
import type { Invoke } from '../invocation/invocation.ts';
import type { AdminApi } from './adminApi.ts';
import { durableAnswer } from './durableAnswer.ts';
import type { HostKeys } from './hostKeys.ts';
import { emptyAnswer, type HttpAnswer, httpAnswer } from './httpAnswer.ts';
import { httpInvocation } from './httpInvocation.ts';
import { presentedKey } from './presentedKey.ts';
import { readBody } from './readBody.ts';
import type { HttpFunction, RouteTable } from './routeTable.ts';

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
