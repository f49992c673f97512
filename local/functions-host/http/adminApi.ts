import { z } from 'zod';
import { type Invoke, type RegisteredFunction, triggerOf } from '../invocation/invocation.ts';
import { hostVersion } from '../worker/appWorker.ts';
import { emptyResponse, type HostResponse, jsonResponse } from './response.ts';
import type { HttpFunction } from './routeTable.ts';

interface AdminOptions {
  readonly hostId: string;
  readonly startedAtMs: number;
  readonly baseUrl: string;
  readonly functions: readonly RegisteredFunction[];
  readonly httpFunctions: readonly HttpFunction[];
  readonly invoke: Invoke;
}

const inputSchema = z.looseObject({ input: z.unknown().optional() });

/**
 * The admin API under `/admin/`: the state of the host, its functions, and running a function by
 * hand.
 */
export class AdminApi {
  readonly #options: AdminOptions;

  constructor(options: AdminOptions) {
    this.#options = options;
  }

  /** Handles a request. `path` is the part after `/admin/`. */
  handle(method: string, path: string, body: Buffer): HostResponse {
    const parts = decodedParts(path);
    if (parts === undefined) return emptyResponse(400);
    const [area, name, ...rest] = parts;
    if (rest.length > 0) return emptyResponse(404);
    if (area === 'host' && name === 'status' && method === 'GET')
      return jsonResponse(200, this.#status());
    if (area === 'host' && name === 'ping' && (method === 'GET' || method === 'POST'))
      return emptyResponse(200);
    if (area !== 'functions') return emptyResponse(404);
    if (name === undefined)
      return method === 'GET'
        ? jsonResponse(
            200,
            this.#options.functions.map((found) => this.#describe(found)),
          )
        : emptyResponse(404);
    const found = this.#options.functions.find(
      (registered) => registered.name.toLowerCase() === name.toLowerCase(),
    );
    if (found === undefined) return emptyResponse(404);
    if (method === 'GET') return jsonResponse(200, this.#describe(found));
    return method === 'POST' ? this.#run(found, body) : emptyResponse(404);
  }

  #status(): object {
    const { hostId, startedAtMs } = this.#options;
    return {
      id: hostId,
      state: 'Running',
      version: hostVersion,
      versionDetails: hostVersion,
      platformVersion: '',
      instanceId: hostId,
      processUptime: Date.now() - startedAtMs,
      errors: [],
    };
  }

  #describe({ name, bindings }: RegisteredFunction): object {
    const { baseUrl, httpFunctions } = this.#options;
    const http = httpFunctions.find((found) => found.name === name);
    return {
      name,
      href: `${baseUrl}/admin/functions/${name}`,
      invoke_url_template: http === undefined ? null : `${baseUrl}/${http.template}`,
      language: 'node',
      config: {
        name,
        bindings: Object.entries(bindings).map(([bindingName, binding]) => ({
          ...binding,
          name: bindingName,
        })),
      },
      isDisabled: false,
    };
  }

  #run({ name, bindings }: RegisteredFunction, body: Buffer): HostResponse {
    const type = triggerOf(bindings)?.binding.type.toLowerCase();
    if (type === 'httptrigger')
      return problem(`function '${name}' has an HTTP trigger: call its route`);
    if (type === 'orchestrationtrigger')
      return problem(
        `function '${name}' is an orchestrator: start it by the durable client or POST /runtime/webhooks/durabletask/orchestrators/${name}`,
      );
    let input: unknown;
    try {
      input =
        body.length === 0 ? undefined : inputSchema.parse(JSON.parse(body.toString('utf8'))).input;
    } catch {
      return problem('the body must be a JSON object such as { "input": "text" }');
    }
    const text = typeof input === 'string' ? input : input == null ? '' : JSON.stringify(input);
    const data =
      type === 'timertrigger'
        ? {
            json: JSON.stringify({
              Schedule: { AdjustForDST: true },
              ScheduleStatus: null,
              IsPastDue: false,
            }),
          }
        : { string: text };
    void this.#options.invoke({
      functionName: name,
      reason: 'This function was programmatically called via the host APIs.',
      inputData: [{ name: '', data }],
      triggerMetadata: type === 'queuetrigger' ? { QueueTrigger: { string: text } } : {},
    });
    return emptyResponse(202);
  }
}

function problem(message: string): HostResponse {
  return jsonResponse(400, { Message: message });
}

/** Returns the decoded segments of a path; undefined when its percent-encoding is not valid. */
function decodedParts(path: string): string[] | undefined {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
