import { randomUUID } from 'node:crypto';
import type { DurableHttpRequest, DurableHttpResponse } from './durableHost.ts';
import { type Engine, EngineStoppedError } from './engine.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import { type Instance, isTerminal } from './instance.ts';
import { JournalError } from './journal.ts';
import {
  badArgument,
  emptyAnswer,
  failure,
  jsonAnswer,
  statusBody,
  textAnswer,
} from './managementAnswers.ts';
import { acceptedAnswer, isJson, startAndWait, startInstance } from './startInstance.ts';

/** `POST instances/{id}/{verb}`: 202 when the command is on disk, 410 for an instance that has ended, 500 for a wrong state. */
export async function instanceCommand(
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
    if (isTerminal(status)) return emptyAnswer(410);
    await engine.send({
      kind: 'event',
      to: instanceId,
      event: { EventType, EventId: -1, Timestamp: engine.timestamp(), ...members },
    });
    return emptyAnswer(202);
  };
  switch (verb.toLowerCase()) {
    case 'raiseevent':
      if (name === undefined) return emptyAnswer(404);
      if (isTerminal(status)) return emptyAnswer(410);
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
      if (!isNew && !isTerminal(status)) return wrongState(instance, 'restarted under its own id');
      const id = isNew ? randomUUID().replaceAll('-', '') : instanceId;
      return startInstance(engine, request, {
        functionName: instance.name,
        instanceId: id,
        input: instance.input,
        version: instance.version,
      });
    }
    case 'rewind':
      return textAnswer(
        501,
        'This host cannot rewind an instance. Restart it instead: POST instances/{id}/restart.',
      );
    default:
      return emptyAnswer(404);
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

/** The instances that a query's filters let through: status, creation time, id prefix. */
export function* matchingInstances(
  instances: Iterable<Instance>,
  query: URLSearchParams,
): Generator<Instance> {
  const statuses = (query.get('runtimeStatus') ?? '')
    .split(',')
    .map((status) => status.trim().toLowerCase())
    .filter((status) => status !== '');
  const fromMs = Date.parse(query.get('createdTimeFrom') ?? '');
  const toMs = Date.parse(query.get('createdTimeTo') ?? '');
  const prefix = query.get('instanceIdPrefix') ?? '';
  for (const instance of instances) {
    if (statuses.length > 0 && !statuses.includes(instance.status.toLowerCase())) continue;
    if (instance.createdAtMs < fromMs || instance.createdAtMs > toMs) continue;
    if (!instance.instanceId.startsWith(prefix)) continue;
    yield instance;
  }
}

/** One page of statuses, by instance id; the token of the next page travels in a header. */
export function listInstances(
  instances: Iterable<Instance>,
  { query, headers }: DurableHttpRequest,
): DurableHttpResponse {
  const found = [...matchingInstances(instances, query)].sort((a, b) =>
    a.instanceId < b.instanceId ? -1 : 1,
  );
  const after = headers[tokenHeader];
  const position =
    after === undefined || after === ''
      ? undefined
      : Buffer.from(after, 'base64url').toString('utf8');
  const left =
    position === undefined ? found : found.filter(({ instanceId }) => instanceId > position);
  const asked = Number(query.get('top') ?? 0);
  const top = Number.isInteger(asked) && asked > 0 ? asked : 100;
  const page = left.slice(0, top);
  const last = page.at(-1);
  const options = {
    showInput: query.get('showInput')?.toLowerCase() !== 'false',
    showHistory: false,
    showHistoryOutput: false,
  };
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      ...(left.length > top && last !== undefined
        ? { [tokenHeader]: Buffer.from(last.instanceId).toString('base64url') }
        : {}),
    },
    body: JSON.stringify(page.map((instance) => statusBody(instance, options))),
  };
}

/** The management API, on the public base and on the RPC base alike (Durable extension protocol). */
export class ManagementApi {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Answers a request; 503 while the host stops, or when the journal cannot be written. Never rejects. */
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
    if (collection === 'entities') return textAnswer(501, 'This host has no entities.');
    if (collection === 'orchestrators' && id !== undefined && method === 'POST')
      return this.#start(request, id, verb);
    if (collection !== 'instances') return emptyAnswer(404);
    if (id === undefined) {
      if (method === 'GET') return listInstances(this.#engine.all(), request);
      return method === 'DELETE' ? this.#purgeMany(request) : emptyAnswer(404);
    }
    const instance = this.#engine.get(id);
    if (instance === undefined) return emptyAnswer(404);
    if (verb !== undefined)
      return method === 'POST'
        ? instanceCommand(this.#engine, instance, verb, name, request)
        : emptyAnswer(404);
    if (method === 'GET') return this.#status(instance, request);
    return method === 'DELETE' ? this.#purge([instance]) : emptyAnswer(404);
  }

  #start(
    request: DurableHttpRequest,
    functionName: string,
    id: string | undefined,
  ): Promise<DurableHttpResponse> {
    const instanceId = id ?? randomUUID().replaceAll('-', '');
    const version = request.query.get('version');
    const asked = {
      functionName,
      instanceId,
      input: request.body.trim() === '' ? null : request.body,
      ...(version === null ? {} : { version }),
    };
    return request.query.has('timeout')
      ? startAndWait(this.#engine, request, asked)
      : startInstance(this.#engine, request, asked);
  }

  #status(instance: Instance, request: DurableHttpRequest): DurableHttpResponse {
    const flag = (name: string, preset: boolean): boolean =>
      (request.query.get(name) ?? String(preset)).toLowerCase() === 'true';
    const body = statusBody(instance, {
      showInput: flag('showInput', true),
      showHistory: flag('showHistory', false),
      showHistoryOutput: flag('showHistoryOutput', false),
    });
    if (!isTerminal(instance.status))
      return {
        ...acceptedAnswer(this.#engine, request, instance.instanceId, '5'),
        body: JSON.stringify(body),
      };
    return jsonAnswer(
      instance.status === 'Failed' && flag('returnInternalServerErrorOnFailure', false) ? 500 : 200,
      body,
    );
  }

  async #purgeMany({ query }: DurableHttpRequest): Promise<DurableHttpResponse> {
    if (Number.isNaN(Date.parse(query.get('createdTimeFrom') ?? '')))
      return badArgument('createdTimeFrom must be given as a date.');
    return this.#purge(
      [...matchingInstances(this.#engine.all(), query)].filter(({ status }) => isTerminal(status)),
    );
  }

  async #purge(instances: readonly Instance[]): Promise<DurableHttpResponse> {
    await Promise.all(instances.map(({ instanceId }) => this.#engine.purge(instanceId)));
    return instances.length === 0
      ? emptyAnswer(404)
      : jsonAnswer(200, { instancesDeleted: instances.length });
  }
}
