import { type Engine, EngineStoppedError } from './engine.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import { type Instance, isTerminal, statuses } from './instance.ts';
import { statusBody } from './instanceStatus.ts';
import { JournalError } from './journal.ts';
import {
  badArgument,
  type DurableHttpRequest,
  type DurableHttpResponse,
  emptyResponse,
  failure,
  jsonResponse,
  jsonType,
  textResponse,
} from './managementHttp.ts';
import {
  acceptedResponse,
  isJson,
  newInstanceId,
  startAndWait,
  startInstance,
} from './startInstance.ts';

/**
 * Handles `POST instances/{id}/{verb}`: 202 once the command is on disk, 410 for an instance that
 * has ended, 500 for a status that does not allow the command.
 */
async function instanceCommand(
  engine: Engine,
  instance: Instance,
  verb: string,
  name: string | undefined,
  request: DurableHttpRequest,
): Promise<DurableHttpResponse> {
  const { instanceId, status } = instance;
  const reason = request.query.get('reason') ?? '';
  const send = async (
    EventType: number,
    members: Partial<HistoryEvent>,
  ): Promise<DurableHttpResponse> => {
    if (isTerminal(status)) return emptyResponse(410);
    await engine.send({
      kind: 'event',
      to: instanceId,
      event: { EventType, EventId: -1, Timestamp: engine.timestamp(), ...members },
    });
    return emptyResponse(202);
  };
  switch (verb.toLowerCase()) {
    case 'raiseevent':
      if (name === undefined) return emptyResponse(404);
      if (isTerminal(status)) return emptyResponse(410);
      if (request.headers['content-type']?.toLowerCase().startsWith('application/json') !== true)
        return badArgument('Only application/json request content is supported.');
      if (!isJson(request.body)) return badArgument('The request body is not JSON.');
      return send(eventTypes.eventRaised, { Name: name, Input: request.body });
    case 'terminate':
      return send(eventTypes.executionTerminated, { Input: reason });
    case 'suspend':
      return status === 'Suspended'
        ? wrongState(instance, 'suspended')
        : send(eventTypes.executionSuspended, { Reason: reason });
    case 'resume':
      return status === 'Suspended' || isTerminal(status)
        ? send(eventTypes.executionResumed, { Reason: reason })
        : wrongState(instance, 'resumed');
    case 'restart': {
      const isNew = request.query.get('restartWithNewInstanceId')?.toLowerCase() !== 'false';
      if (!isNew && !isTerminal(status))
        return failure(
          409,
          'System.InvalidOperationException',
          `An instance with the status ${status} cannot be restarted under its own id.`,
        );
      return startInstance(engine, request, {
        functionName: instance.name,
        instanceId: isNew ? newInstanceId() : instanceId,
        input: instance.input,
        version: instance.version,
      });
    }
    case 'rewind':
      return textResponse(
        501,
        'This host cannot rewind an instance. Restart it instead: POST instances/{id}/restart.',
      );
    default:
      return emptyResponse(404);
  }
}

function wrongState({ status }: Instance, verb: string): DurableHttpResponse {
  return failure(
    500,
    'System.InvalidOperationException',
    `An instance with the status ${status} cannot be ${verb}.`,
  );
}

const tokenHeader = 'x-ms-continuation-token';

/**
 * Yields the instances that match the filters of a query: status, creation time, id prefix. Names
 * that are no status are ignored, as on Azure.
 */
function* filterInstances(
  instances: Iterable<Instance>,
  query: URLSearchParams,
): Generator<Instance> {
  const names = (query.get('runtimeStatus') ?? '').split(',').map((name) => name.trim());
  const wanted = statuses.filter((status) => names.includes(status));
  const fromMs = Date.parse(query.get('createdTimeFrom') ?? '');
  const toMs = Date.parse(query.get('createdTimeTo') ?? '');
  const prefix = query.get('instanceIdPrefix') ?? '';
  for (const instance of instances) {
    if (wanted.length > 0 && !wanted.includes(instance.status)) continue;
    if (instance.createdAtMs < fromMs || instance.createdAtMs > toMs) continue;
    if (!instance.instanceId.startsWith(prefix)) continue;
    yield instance;
  }
}

/**
 * Returns one page of statuses, ordered by instance id. A header of the response holds the token of
 * the next page.
 */
function listInstances(
  instances: Iterable<Instance>,
  { query, headers }: DurableHttpRequest,
): DurableHttpResponse {
  const found = [...filterInstances(instances, query)].sort((a, b) =>
    a.instanceId < b.instanceId ? -1 : 1,
  );
  const lastId = Buffer.from(headers[tokenHeader] ?? '', 'base64url').toString('utf8');
  const remaining = found.filter(({ instanceId }) => instanceId > lastId);
  const top = Number(query.get('top') ?? 0);
  const pageSize = Number.isInteger(top) && top > 0 ? top : 100;
  const page = remaining.slice(0, pageSize);
  const last = page.at(-1);
  const options = {
    showInput: query.get('showInput')?.toLowerCase() !== 'false',
    showHistory: false,
    showHistoryOutput: false,
  };
  return {
    status: 200,
    headers: {
      'content-type': jsonType,
      ...(remaining.length > pageSize && last !== undefined
        ? { [tokenHeader]: Buffer.from(last.instanceId).toString('base64url') }
        : {}),
    },
    body: JSON.stringify(page.map((instance) => statusBody(instance, options))),
  };
}

/**
 * The management API. It is the same on the public port and on the RPC port (Durable extension
 * protocol).
 */
export class ManagementApi {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Handles a request; 503 while the host stops or when the journal cannot be written. Never
   * rejects.
   */
  async handle(request: DurableHttpRequest): Promise<DurableHttpResponse> {
    try {
      return await this.#route(request);
    } catch (error) {
      if (error instanceof URIError)
        return badArgument(`The path '${request.path}' cannot be decoded.`);
      const detail = error instanceof Error ? error.message : String(error);
      return failure(
        error instanceof EngineStoppedError || error instanceof JournalError ? 503 : 500,
        error instanceof Error ? error.name : 'Error',
        detail,
      );
    }
  }

  async #route(request: DurableHttpRequest): Promise<DurableHttpResponse> {
    const [collection = '', id, verb, name] = request.path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
    const method = request.method.toUpperCase();
    if (collection === 'entities') return textResponse(501, 'This host has no entities.');
    if (collection === 'orchestrators' && id !== undefined && method === 'POST')
      return this.#start(request, id, verb);
    if (collection !== 'instances') return emptyResponse(404);
    if (id === undefined) {
      if (method === 'GET') return listInstances(this.#engine.all(), request);
      return method === 'DELETE' ? this.#purgeMany(request) : emptyResponse(404);
    }
    const instance = this.#engine.get(id);
    if (instance === undefined)
      return verb?.toLowerCase() === 'restart'
        ? badArgument(`There is no instance '${id}' to restart.`)
        : emptyResponse(404);
    if (verb !== undefined)
      return method === 'POST'
        ? instanceCommand(this.#engine, instance, verb, name, request)
        : emptyResponse(404);
    if (method === 'GET') return this.#status(instance, request);
    if (method !== 'DELETE') return emptyResponse(404);
    return isTerminal(instance.status)
      ? this.#purge([instance])
      : textResponse(412, 'Only orchestrations in a terminal state can be purged.');
  }

  #start(
    request: DurableHttpRequest,
    functionName: string,
    id: string | undefined,
  ): Promise<DurableHttpResponse> {
    const version = request.query.get('version');
    const start = {
      functionName,
      instanceId: id ?? newInstanceId(),
      input: request.body.trim() === '' ? null : request.body,
      ...(version === null ? {} : { version }),
    };
    return request.query.has('timeout')
      ? startAndWait(this.#engine, request, start)
      : startInstance(this.#engine, request, start);
  }

  #status(instance: Instance, request: DurableHttpRequest): DurableHttpResponse {
    const flag = (name: string, defaultValue: boolean): boolean =>
      (request.query.get(name) ?? String(defaultValue)).toLowerCase() === 'true';
    const body = statusBody(instance, {
      showInput: flag('showInput', true),
      showHistory: flag('showHistory', false),
      showHistoryOutput: flag('showHistoryOutput', false),
    });
    if (!isTerminal(instance.status))
      return {
        ...acceptedResponse(this.#engine, request, instance.instanceId, '5'),
        body: JSON.stringify(body),
      };
    return jsonResponse(
      instance.status === 'Failed' && flag('returnInternalServerErrorOnFailure', false) ? 500 : 200,
      body,
    );
  }

  async #purgeMany({ query }: DurableHttpRequest): Promise<DurableHttpResponse> {
    if (Number.isNaN(Date.parse(query.get('createdTimeFrom') ?? '')))
      return badArgument('createdTimeFrom must be given as a date.');
    return this.#purge(
      [...filterInstances(this.#engine.all(), query)].filter(({ status }) => isTerminal(status)),
    );
  }

  async #purge(instances: readonly Instance[]): Promise<DurableHttpResponse> {
    await Promise.all(instances.map(({ instanceId }) => this.#engine.purge(instanceId)));
    return instances.length === 0
      ? emptyResponse(404)
      : jsonResponse(200, { instancesDeleted: instances.length });
  }
}
