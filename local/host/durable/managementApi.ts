import { randomUUID } from 'node:crypto';
import { managementUrls } from './clientPayload.ts';
import type { DurableHttpRequest, DurableHttpResponse } from './durableHost.ts';
import type { Engine } from './engine.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import { type Instance, isTerminal } from './instance.ts';
import { listInstances, matchingInstances } from './listInstances.ts';
import { statusBody } from './statusBody.ts';

const json = { 'content-type': 'application/json' };
const none: DurableHttpResponse = { status: 404, headers: {}, body: '' };

/** The management API, on the public base and on the RPC base alike (Durable extension protocol). */
export class ManagementApi {
  readonly #engine: Engine;
  /** Resolves real time: a caller who waits for an instance does so on the wall clock. */
  readonly #pause: (milliseconds: number) => Promise<void>;

  constructor(engine: Engine, pause: (milliseconds: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms))) {
    this.#engine = engine;
    this.#pause = pause;
  }

  async handle(request: DurableHttpRequest): Promise<DurableHttpResponse> {
    const parts = request.path.split('/').filter((part) => part !== '').map(decodeURIComponent);
    const [collection, id, verb, name] = parts;
    const method = request.method.toUpperCase();
    if (collection === 'entities') return failure(501, 'NotImplementedException', 'this host has no entities');
    if (collection === 'orchestrators' && id !== undefined && method === 'POST') return this.#start(request, id, verb);
    if (collection !== 'instances') return none;
    if (id === undefined) {
      if (method === 'GET') return listInstances(this.#engine.all(), request);
      return method === 'DELETE' ? this.#purgeMany(request) : none;
    }
    const instance = this.#engine.get(id);
    if (instance === undefined) return none;
    if (verb === undefined) {
      if (method === 'GET') return this.#status(instance, request);
      return method === 'DELETE' ? this.#purge(instance) : none;
    }
    return method === 'POST' ? this.#command(instance, verb.toLowerCase(), name, request) : none;
  }

  async #start(request: DurableHttpRequest, functionName: string, instanceId = randomUUID().replaceAll('-', '')): Promise<DurableHttpResponse> {
    if (!this.#engine.hasOrchestrator(functionName)) return badArgument(`The function '${functionName}' doesn't exist, is disabled, or is not an orchestrator function.`);
    if (!isInstanceId(instanceId)) return badArgument(`The instance id '${instanceId}' may not be longer than 100 characters, start with @ or hold / \\ # ? or control characters.`);
    const input = request.body.trim() === '' ? null : request.body;
    if (input !== null && parse(input) === undefined) return badArgument('The request body is not JSON.');
    const existing = this.#engine.get(instanceId);
    if (existing !== undefined && !isTerminal(existing.status)) {
      return failure(409, 'OrchestrationAlreadyExistsException', `An Orchestration instance with the status ${existing.status} already exists.`);
    }
    await this.#engine.send({
      kind: 'start',
      atMs: this.#engine.nowMs(),
      start: {
        instanceId,
        executionId: randomUUID().replaceAll('-', ''),
        name: functionName,
        version: request.query.get('version') ?? this.#engine.settings.defaultVersion,
        input,
        parent: null,
      },
    });
    const timeoutSeconds = Number(request.query.get('timeout') ?? 0);
    const finished = timeoutSeconds > 0 ? await this.#waitFor(instanceId, timeoutSeconds, Number(request.query.get('pollingInterval') ?? 1)) : undefined;
    if (finished !== undefined) {
      const failed = finished.status === 'Failed';
      return { status: failed ? 500 : 200, headers: json, body: failed ? JSON.stringify(statusBody(finished, all)) : (finished.output ?? 'null') };
    }
    return this.#accepted(request, instanceId, '10');
  }

  async #waitFor(instanceId: string, timeoutSeconds: number, intervalSeconds: number): Promise<Instance | undefined> {
    for (let waitedSeconds = 0; waitedSeconds <= timeoutSeconds; waitedSeconds += intervalSeconds) {
      const instance = this.#engine.get(instanceId);
      if (instance !== undefined && isTerminal(instance.status)) return instance;
      await this.#pause(intervalSeconds * 1000);
    }
    return undefined;
  }

  #accepted({ base, systemKey }: DurableHttpRequest, instanceId: string, retryAfter: string): DurableHttpResponse {
    const urls = managementUrls(base.replace(/\/+$/, ''), instanceId, systemKey, this.#engine.settings.hubName);
    return { status: 202, headers: { ...json, location: urls['statusQueryGetUri'] ?? '', 'retry-after': retryAfter }, body: JSON.stringify(urls) };
  }

  #status(instance: Instance, request: DurableHttpRequest): DurableHttpResponse {
    const { query } = request;
    const body = JSON.stringify(
      statusBody(instance, {
        showInput: flag(query.get('showInput'), true),
        showHistory: flag(query.get('showHistory'), false),
        showHistoryOutput: flag(query.get('showHistoryOutput'), false),
      }),
    );
    if (!isTerminal(instance.status)) {
      const { headers } = this.#accepted(request, instance.instanceId, '5');
      return { status: 202, headers, body };
    }
    const status = instance.status === 'Failed' && flag(query.get('returnInternalServerErrorOnFailure'), false) ? 500 : 200;
    return { status, headers: json, body };
  }

  async #command(instance: Instance, verb: string, name: string | undefined, request: DurableHttpRequest): Promise<DurableHttpResponse> {
    const reason = request.query.get('reason') ?? '';
    const over = isTerminal(instance.status);
    const event = (EventType: number, members: Partial<HistoryEvent>): Promise<DurableHttpResponse> => this.#raise(instance, { EventType, EventId: -1, Timestamp: this.#engine.timestamp(), ...members });
    switch (verb) {
      case 'raiseevent': {
        if (name === undefined) return none;
        if (over) return { status: 410, headers: {}, body: '' };
        if (request.headers['content-type']?.toLowerCase().startsWith('application/json') !== true) return badArgument('Only application/json request content is supported.');
        if (parse(request.body) === undefined) return badArgument('The request body is not JSON.');
        return event(eventTypes.eventRaised, { Name: name, Input: request.body });
      }
      case 'terminate':
        return over ? { status: 410, headers: {}, body: '' } : event(eventTypes.executionTerminated, { Input: reason });
      case 'suspend':
        if (over) return { status: 410, headers: {}, body: '' };
        if (instance.status === 'Suspended') return wrongState(instance, 'suspended');
        return event(eventTypes.executionSuspended, { Reason: reason });
      case 'resume':
        if (over) return { status: 410, headers: {}, body: '' };
        if (instance.status !== 'Suspended') return wrongState(instance, 'resumed');
        return event(eventTypes.executionResumed, { Reason: reason });
      case 'restart': {
        const fresh = flag(request.query.get('restartWithNewInstanceId'), true);
        if (!fresh && !over) return wrongState(instance, 'restarted under its own id');
        const instanceId = fresh ? randomUUID().replaceAll('-', '') : instance.instanceId;
        return this.#start({ ...request, body: instance.input ?? '', query: new URLSearchParams({ version: instance.version }) }, instance.name, instanceId);
      }
      case 'rewind':
        return failure(501, 'NotImplementedException', 'this host cannot rewind an instance; restart it');
      default:
        return none;
    }
  }

  async #raise({ instanceId }: Instance, event: HistoryEvent): Promise<DurableHttpResponse> {
    await this.#engine.send({ kind: 'event', to: instanceId, event });
    return { status: 202, headers: {}, body: '' };
  }

  async #purge(instance: Instance): Promise<DurableHttpResponse> {
    if (!isTerminal(instance.status)) return none;
    await this.#engine.purge(instance.instanceId);
    return { status: 200, headers: json, body: JSON.stringify({ instancesDeleted: 1 }) };
  }

  async #purgeMany({ query }: DurableHttpRequest): Promise<DurableHttpResponse> {
    if (Number.isNaN(Date.parse(query.get('createdTimeFrom') ?? ''))) return badArgument('createdTimeFrom must be given as a date.');
    const found = [...matchingInstances(this.#engine.all(), query)].filter(({ status }) => isTerminal(status));
    for (const { instanceId } of found) await this.#engine.purge(instanceId);
    return found.length === 0 ? none : { status: 200, headers: json, body: JSON.stringify({ instancesDeleted: found.length }) };
  }
}

const all = { showInput: true, showHistory: false, showHistoryOutput: false };

function isInstanceId(instanceId: string): boolean {
  return instanceId.length <= 100 && !instanceId.startsWith('@') && !/[/\\#?\u0000-\u001f\u007f]/.test(instanceId);
}

function flag(text: string | null, preset: boolean): boolean {
  return text === null ? preset : text.toLowerCase() === 'true';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function badArgument(detail: string): DurableHttpResponse {
  return { status: 400, headers: json, body: JSON.stringify({ Message: 'One or more of the arguments submitted is incorrect', ExceptionMessage: detail, ExceptionType: 'System.ArgumentException' }) };
}

function wrongState({ status }: Instance, verb: string): DurableHttpResponse {
  return failure(500, 'System.InvalidOperationException', `An instance with the status ${status} cannot be ${verb}.`);
}

function failure(status: number, type: string, detail: string): DurableHttpResponse {
  return { status, headers: json, body: JSON.stringify({ Message: 'Something went wrong while processing your request', ExceptionMessage: detail, ExceptionType: type }) };
}
