import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ScaledClock } from '../clock/scaledClock.ts';
import { createDurableHost, type DurableHost } from './durable/durableHost.ts';
import { errorText } from './errors.ts';
import { FunctionErrors } from './functionErrors.ts';
import { AdminApi } from './http/adminApi.ts';
import type { Cors } from './http/cors.ts';
import { HostKeys } from './http/hostKeys.ts';
import type { HostPorts } from './http/hostServer.ts';
import { HttpStreams } from './http/httpStreams.ts';
import { durablePath, durableResponse, RequestHandler } from './http/requestHandler.ts';
import { emptyResponse } from './http/response.ts';
import { type HttpFunction, httpFunctions, RouteTable } from './http/routeTable.ts';
import { FunctionRunner } from './invocation/functionRunner.ts';
import { type RegisteredFunction, triggerOf } from './invocation/invocation.ts';
import { createListeners } from './listeners.ts';
import type { HostLog } from './log.ts';
import { QueueClients } from './queue/queueClients.ts';
import { QueueOutputs } from './queue/queueOutputs.ts';
import type { HostJson } from './settings/hostJson.ts';
import { acceptFunctions } from './worker/acceptFunctions.ts';
import { AppWorker, type Registration } from './worker/appWorker.ts';
import { functionJsonNames, loadApp, startApp, terminateApp } from './worker/loadApp.ts';
import { provideCore } from './worker/programmingModel.ts';

// Shorter than the time after which a supervisor kills the process.
const stopLimitMs = 5_000;

/** One step of the host's stop. */
export type Cleanup = () => Promise<void> | void;

interface AppOptions {
  readonly appDir: string;
  readonly dataDir: string;
  readonly auth: boolean;
  /** The names of the functions to run. Default: all. */
  readonly functions: readonly string[] | undefined;
  readonly cors: Cors;
  readonly hostJson: HostJson;
  readonly clock: ScaledClock;
  readonly ports: HostPorts;
  readonly log: HostLog;
  /** Run in reverse order when the host stops. */
  readonly cleanups: Cleanup[];
}

/**
 * Loads the app, connects its functions to their triggers and starts serving. `failed` of the
 * result resolves with the reason when the host cannot continue, and `stuck` when a function runs
 * longer than `functionTimeout` of host.json.
 * @throws HostStartError when the app cannot run or the data folder is in use
 */
export async function serveApp(
  options: AppOptions,
): Promise<{ readonly failed: Promise<string>; readonly stuck: Promise<string> }> {
  const { appDir, dataDir, auth, cors, hostJson, clock, ports, log, cleanups } = options;
  const { env } = process;
  const { server, rpcServer } = ports;
  const url = `http://${ports.authority}`;
  const worker = new AppWorker(log);
  const errors = new FunctionErrors();
  const { functions, streamAddress } = await loadFunctions(options, worker, errors);
  const registered = functions.map((registration) => registration.registered);

  const http = httpFunctions(registered, hostJson.extensions.http.routePrefix, errors);
  const routes = new RouteTable(http);
  const keys = HostKeys.open(join(dataDir, 'keys.json'), http);
  const clients = new QueueClients(env);
  const outputs = new QueueOutputs({
    clients,
    environment: env,
    encoding: hostJson.extensions.queues.messageEncoding,
    onSent: (queueUrl) => {
      listeners.poll(queueUrl);
    },
  });
  const { promise: stuck, resolve: setStuck } = Promise.withResolvers<string>();
  const runner = new FunctionRunner({
    timeoutMs: hostJson.functionTimeout,
    onTimeout: (name) => {
      setStuck(`functionTimeout of host.json was exceeded by function '${name}'`);
    },
    worker,
    log,
    functions,
    inputOf: () => ({
      string: durable.clientPayload({
        publicBase: `${url}${durablePath}`,
        rpcBase: `http://127.0.0.1:${String(rpcServer.port)}/durabletask/`,
        systemKey: keys.durableKey,
      }),
    }),
    writeOutputs: outputs.write,
  });
  const { promise: failed, resolve: fail } = Promise.withResolvers<string>();
  const durable: DurableHost = createDurableHost({
    clock,
    dataDir: join(dataDir, 'durable'),
    functions: registered,
    invoke: runner.run,
    settings: hostJson.extensions.durableTask,
    onJournalFailed: fail,
    log: (level, message) => {
      log.entry('Host.Triggers.DurableTask', level, message);
    },
  });
  const listeners = createListeners({
    functions: registered,
    errors,
    settings: hostJson.extensions.queues,
    clients,
    clock,
    environment: env,
    statusDir: join(dataDir, 'timers'),
    invoke: runner.invoke,
    log,
  });
  const running = registered.filter(({ name }) => !errors.has(name));
  const hostId = createHash('sha256').update(appDir).digest('hex').slice(0, 32);
  const admin = new AdminApi({
    hostId,
    startedAtMs: Date.now(),
    baseUrl: url,
    functions: running,
    httpFunctions: http,
    invoke: runner.invoke,
  });
  const handler = new RequestHandler({
    auth,
    keys,
    routes,
    functions: http,
    admin,
    durable,
    invoke: runner.invoke,
    streams:
      streamAddress === undefined ? undefined : new HttpStreams(streamAddress, runner.invoke),
    cors,
    customHeaders: hostJson.extensions.http.customHeaders,
    ...bodyLimit(env['FUNCTIONS_REQUEST_BODY_SIZE_LIMIT']),
  });
  cleanups.push(() =>
    terminateApp(worker).catch((error: unknown) => {
      log.entry('Host', 'error', `an appTerminate hook failed: ${errorText(error)}`);
    }),
  );
  await durable.start();
  cleanups.push(async () => {
    server.serve(() => Promise.resolve(emptyResponse(503)));
    // The engine stops last: running functions may start orchestrations or wait for them.
    const ended = Promise.all([listeners.stop(), runner.idle()]).then(() => durable.stop());
    await withinMs(ended, stopLimitMs, () => {
      log.entry(
        'Host',
        'warning',
        'Not all functions ended in time. Their queue messages and activities will run again.',
      );
    });
  });
  rpcServer.serve((request, requestUrl) =>
    durableResponse(durable, request, requestUrl, '/durabletask', keys.durableKey),
  );
  listeners.start();
  server.serve(handler.handle);

  log.entry(
    'Host',
    'information',
    `Listening on ${ports.address} at port ${String(server.port)}; durable client at port ${String(rpcServer.port)}.`,
  );
  errors.report(log);
  log.plain(listFunctions(running, http, url));
  if (auth)
    log.entry(
      'Host',
      'information',
      `Callers need a key. The keys are in ${join(dataDir, 'keys.json')}`,
    );
  log.entry('Host', 'information', `Host lock lease acquired by instance ID '${hostId}'.`);
  return { failed, stuck };
}

/** Returns the limit of request bodies that the app sets; none for a text that is no number. */
function bodyLimit(text: string | undefined): { readonly maxBodyBytes?: number } {
  return text !== undefined && /^\d+$/.test(text) ? { maxBodyBytes: Number(text) } : {};
}

/**
 * Loads the app's files and returns the functions that can run, and where the library serves HTTP
 * streams.
 */
async function loadFunctions(
  { appDir, functions: only, log }: AppOptions,
  worker: AppWorker,
  errors: FunctionErrors,
): Promise<{
  readonly functions: Registration[];
  readonly streamAddress: string | undefined;
}> {
  provideCore(worker.coreModule());
  process.chdir(appDir);
  await loadApp(appDir);
  // After the start hooks, which may register functions too.
  const { streamAddress } = await startApp(worker, appDir);
  const { registrations } = worker;
  for (const name of only ?? []) {
    if (registrations.some(({ registered }) => isSameName(registered.name, name))) continue;
    log.entry('Host', 'warning', `--functions: the app has no function '${name}'.`);
  }
  for (const name of functionJsonNames(appDir))
    errors.add(
      name,
      `function '${name}' is described by a function.json file (programming model v3)`,
    );
  const functions = acceptFunctions(registrations, errors, { environment: process.env, only });
  return { functions, streamAddress };
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/**
 * Returns the list of functions that Core Tools prints at start: HTTP functions with their
 * addresses first.
 */
function listFunctions(
  functions: readonly RegisteredFunction[],
  http: readonly HttpFunction[],
  baseUrl: string,
): string {
  if (functions.length === 0)
    return '\nNo functions found: the files of "main" in package.json registered none.\n\n';
  const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
    a.name.localeCompare(b.name);
  const httpNames = new Set(http.map(({ name }) => name));
  const lines = [
    ...[...http]
      .sort(byName)
      .map(
        ({ name, methods, template }) => `${name}: [${methods.join(',')}] ${baseUrl}/${template}`,
      ),
    ...functions
      .filter(({ name }) => !httpNames.has(name))
      .sort(byName)
      .map(({ name, bindings }) => `${name}: ${triggerOf(bindings)?.binding.type ?? ''}`),
  ];
  return `\nFunctions:\n\n${lines.map((line) => `\t${line}\n\n`).join('')}`;
}

/**
 * Waits for the work for at most `limitMs` real milliseconds. Then calls `onLate` and returns; the
 * work continues.
 */
async function withinMs(
  work: Promise<unknown>,
  limitMs: number,
  onLate: () => void,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      onLate();
      resolve();
    }, limitMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
