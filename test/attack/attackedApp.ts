import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { createServices, Services } from '../../functions/services.ts';
import {
  AdminApi,
  AppWorker,
  clientPayload,
  decodeMessage,
  type DurableHost,
  emptyResponse,
  FunctionRunner,
  HostKeys,
  HostLog,
  type HostResponse,
  HostServer,
  type HttpFunction,
  httpFunctions,
  type InvocationOutcome,
  jsonResponse,
  messageInvocation,
  provideCore,
  readHostJson,
  RequestHandler,
  RouteTable,
  triggerOf,
} from '../../local/functions-host/index.ts';
import type { Authentication } from '../../shared/config/config.ts';
import { rejectionId } from '../../shared/intake/rejections.ts';
import { auditedStores } from '../../shared/storage/auditEntries.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import { createSend, type Send } from './send.ts';

const log: string[] = [];
const { messageEncoding } = readHostJson(join(import.meta.dirname, '..', '..'), {
  TASKHUB_NAME: 'attacked',
}).extensions.queues;
const worker = new AppWorker(new HostLog((text) => log.push(text)));
provideCore(worker.coreModule());

/** Everything that a caller can reach, behind a real port, in this process. */
export interface AttackedApp<S extends Stores> {
  readonly stores: S;
  readonly functions: readonly HttpFunction[];
  readonly keys: { readonly host: HostKeys; readonly file: string };
  /** `http://127.0.0.1:…/api` */
  readonly apiUrl: string;
  readonly send: Send;
  /** Hands a message to the function of the queue `migration-requests` as the host does; with the id under which it is on record if it is refused. */
  readonly deliver: (
    text: string,
  ) => Promise<{ readonly id: string; readonly outcome: InvocationOutcome }>;
  /** Lets the timer come that looks at the poison queue. */
  readonly lookAtPoison: () => Promise<InvocationOutcome>;
  /** What has gone wrong since this was last asked: failed functions, and what was thrown where nobody was there to catch it. */
  readonly faults: () => readonly string[];
  readonly close: () => Promise<void>;
}

export interface AttackOptions<S extends Stores> {
  readonly stores: S;
  readonly authentication?: Authentication;
  /** Whether the host asks for keys. */
  readonly auth?: boolean;
  readonly maxRequestBytes?: number;
}

/** The instant at which all of this happens. */
export const attackMs = Date.parse('2026-11-20T08:00:00Z');

/** The size cap of the attacked app, small so that little is enough to go beyond it. */
export const maxRequestBytes = 16_384;

/** The settings of the attacked app, without its way to know callers. */
export const environment = {
  TARGET_TENANT_ID: '99999999-8888-7777-6666-555555555555',
  TARGET_CREDENTIAL: 'development',
  SOURCE_TENANT_ID: '11111111-2222-3333-4444-555555555555',
  SOURCE_CREDENTIAL: 'development',
  GRAPH_BASE_URL: 'http://127.0.0.1:9',
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  BATCH_SIZE: '2',
  USER_TASK_WRITES: 'true',
};

/** Opens the app, once in a process: all that it registers, the host's own routing and keys, and the stores given. */
export async function attackedApp<S extends Stores>(
  options: AttackOptions<S>,
): Promise<AttackedApp<S>> {
  const stores = auditedStores(options.stores);
  await register(stores, {
    ...environment,
    AUTHENTICATION: options.authentication ?? 'functionKey',
    WEBSITE_AUTH_ENABLED: 'True',
    MAX_REQUEST_BYTES: String(options.maxRequestBytes ?? maxRequestBytes),
  });
  const registered = worker.registrations.map((registration) => registration.registered);
  const functions = httpFunctions(registered, 'api');
  const dir = mkdtempSync(join(tmpdir(), 'attack-'));
  const keysFile = join(dir, 'keys.json');
  const keys = HostKeys.open(keysFile, functions);
  const hostLog = new HostLog((text) => log.push(text));
  const server = await HostServer.listen(0, '127.0.0.1', hostLog);
  const rpcServer = await HostServer.listen(0, '127.0.0.1', hostLog);
  rpcServer.serve(takenOnce());
  const address = `http://127.0.0.1:${String(server.port)}`;
  const payload = clientPayload({
    publicBase: `${address}/runtime/webhooks/durabletask`,
    rpcBase: `http://127.0.0.1:${String(rpcServer.port)}/`,
    systemKey: keys.durableKey,
  });
  const runner = new FunctionRunner({
    worker,
    log: hostLog,
    functions: worker.registrations,
    inputOf: () => ({ string: payload }),
    writeOutputs: () => Promise.resolve(),
  });
  const never = (): never => {
    throw new Error('the durable engine is not part of this');
  };
  const durable: DurableHost = {
    start: never,
    stop: never,
    idle: never,
    clientPayload: never,
    handle: never,
  };
  const admin = new AdminApi({
    hostId: 'h',
    startedAtMs: attackMs,
    baseUrl: address,
    functions: registered,
    httpFunctions: functions,
    invoke: runner.invoke,
  });
  const handler = new RequestHandler({
    auth: options.auth ?? false,
    keys,
    routes: new RouteTable(functions),
    functions,
    admin,
    durable,
    invoke: runner.invoke,
  });
  server.serve(handler.handle);

  const uncaught: string[] = [];
  const note = (thrown: unknown): void => {
    uncaught.push(`nobody caught ${String(thrown)}`);
  };
  process.on('unhandledRejection', note);
  const { send, close } = createSend(server.port);
  return {
    stores,
    functions,
    keys: { host: keys, file: keysFile },
    apiUrl: `${address}/api`,
    send,
    deliver: async (text) => {
      const functionName = 'migrationRequests';
      const binding = triggerOf(
        registered.find(({ name }) => name === functionName)?.bindings ?? {},
      )?.binding;
      const at = new Date(attackMs);
      const message = {
        messageId: randomUUID(),
        messageText: text,
        popReceipt: 'receipt',
        dequeueCount: 1,
        insertedOn: at,
        expiresOn: at,
        nextVisibleOn: at,
      };
      const bytes = decodeMessage(text, messageEncoding);
      const invocation =
        bytes === undefined
          ? undefined
          : messageInvocation(
              functionName,
              'migration-requests',
              message,
              bytes,
              binding?.['dataType'] === 'binary',
              (real) => real,
            );
      const outcome: InvocationOutcome =
        invocation === undefined
          ? { ok: false, error: new Error('the host cannot decode the message') }
          : await runner.invoke(invocation);
      return { id: rejectionId(text), outcome };
    },
    lookAtPoison: () =>
      runner.invoke({
        functionName: 'poisonMessages',
        inputData: [{ name: '', data: { json: '{}' } }],
        triggerMetadata: {},
      }),
    faults: () => [
      ...log.splice(0).filter((entry) => / \(Failed, | failed in the host: /.test(entry)),
      ...uncaught.splice(0),
    ],
    close: async () => {
      close();
      await Promise.all([server.close(1_000), rpcServer.close(1_000)]);
      process.off('unhandledRejection', note);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * What the durable client talks to. Orchestrations are not what is attacked: every event is taken, and the first start of each
 * instance, which is under way for ever.
 */
function takenOnce(): (request: IncomingMessage, url: URL) => Promise<HostResponse> {
  const starting = new Set<string>();
  return ({ method }, { pathname }) => {
    if (method === 'GET') return Promise.resolve(emptyResponse(404));
    if (pathname.startsWith('/orchestrators/') && starting.has(pathname)) {
      return Promise.resolve(
        jsonResponse(409, {
          ExceptionMessage: 'An Orchestration instance with the status Pending already exists.',
        }),
      );
    }
    starting.add(pathname);
    return Promise.resolve(jsonResponse(202, { id: randomUUID() }));
  };
}

/** Lets the app register all its functions; they work with these stores, at the instant of the attack. */
async function register(stores: Stores, settings: Readonly<Record<string, string>>): Promise<void> {
  vi.doMock('../../functions/services.ts', async (importActual) => {
    const actual = await importActual<{ createServices: typeof createServices }>();
    const real = actual.createServices(settings);
    const checkAccess = () =>
      Promise.resolve({ kind: 'done', value: null, requestId: 'r' } as const);
    const nowMs = (): number => attackMs;
    const { sharePoint, ...rest } = real;
    const services: Services = {
      ...rest,
      ...(sharePoint === undefined ? {} : { sharePoint: { ...sharePoint, checkAccess } }),
      stores,
      nowMs,
      jobs: { ...real.jobs, checkAccess },
      intake: (client) => ({ ...real.intake(client), stores, nowMs }),
    };
    return { ...actual, createServices: () => services };
  });
  // After the core module is in place: the library looks it up only once.
  await import('../../functions/main.ts');
}
