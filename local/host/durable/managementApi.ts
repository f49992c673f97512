import { randomUUID } from 'node:crypto';
import type { DurableHttpRequest, DurableHttpResponse } from './durableHost.ts';
import { type Engine, EngineStoppedError } from './engine.ts';
import { JournalError } from './journal.ts';
import { type Instance, isTerminal } from './instance.ts';
import { instanceCommand } from './instanceCommand.ts';
import { listInstances, matchingInstances } from './listInstances.ts';
import { badArgument, emptyAnswer, failure, jsonAnswer, textAnswer } from './managementAnswers.ts';
import { acceptedAnswer, startAndWait, startInstance } from './startInstance.ts';
import { statusBody } from './statusBody.ts';

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
