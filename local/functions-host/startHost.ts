import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ZodError } from 'zod';
import { openClock } from '../clock/clockSetting.ts';
import { installClock } from '../clock/installClock.ts';
import { createDurableHost } from './durable/createDurableHost.ts';
import type { DurableHost, DurableOptions } from './durable/durableHost.ts';
import { errorText, HostStartError } from './errors.ts';
import type { Host, HostOptions } from './hostOptions.ts';
import { AdminApi } from './http/adminApi.ts';
import { emptyAnswer } from './http/answer.ts';
import { HostKeys } from './http/hostKeys.ts';
import { durableAnswer, durablePath, RequestHandler } from './http/requestHandler.ts';
import { type HttpFunction, httpFunctions, RouteTable } from './http/routeTable.ts';
import { openPorts } from './http/server.ts';
import { FunctionRunner } from './invocation/functionRunner.ts';
import { type RegisteredFunction, triggerOf } from './invocation/invocation.ts';
import { createListeners } from './listeners.ts';
import { DataInUseError } from './lockFile.ts';
import { HostLog } from './log.ts';
import { QueueClients } from './queue/clients.ts';
import { QueueOutputs } from './queue/outputs.ts';
import { readHostJson } from './settings/hostJson.ts';
import { applyLocalSettings, readLocalSettings } from './settings/localSettings.ts';
import { acceptFunctions } from './worker/acceptFunctions.ts';
import { AppWorker } from './worker/appWorker.ts';
import { loadApp, startApp, terminateApp } from './worker/loadApp.ts';
import { provideCore } from './worker/programmingModel.ts';

/** The list of functions that Core Tools prints at start: HTTP functions with their addresses first. */
export function listFunctions(
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

/** Makes the durable engine. @throws HostStartError for a bad member of `extensions.durableTask` */
export function makeDurable(options: DurableOptions): DurableHost {
  try {
    return createDurableHost(options);
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const problems = error.issues.map(
      ({ path, message }) => `extensions.durableTask.${path.join('.')}: ${message}`,
    );
    throw new HostStartError(`host.json is not valid: ${problems.join('; ')}`, { cause: error });
  }
}

/** Starts it. @throws HostStartError when another process works on its data */
export async function startDurable(durable: DurableHost): Promise<void> {
  try {
    await durable.start();
  } catch (error) {
    if (error instanceof DataInUseError) throw new HostStartError(error.message, { cause: error });
    throw error;
  }
}

/** Waits for the work, but for no longer than `limitMs` real milliseconds; then `onLate` is called and the work goes on unwatched. */
export async function withinMs(
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

// Less than the time that a supervisor gives a process before it kills it.
const graceMs = 5_000;
const closeMs = 1_000;
let isStarted = false;

/**
 * Hosts a Functions app in this process, which can hold one app only: Node loads a module once, and so registers it once.
 * @throws HostStartError when the app cannot run as it stands, or the port is taken
 */
export async function startHost(options: HostOptions): Promise<Host> {
  if (isStarted)
    throw new HostStartError(
      'this process hosts an app already: start another process for another app',
    );
  isStarted = true;
  const appDir = resolve(options.appDir);
  const dataDir = resolve(options.dataDir ?? join(appDir, '.local', 'host'));
  const { env } = process;
  const log = new HostLog(options.write ?? ((text) => process.stdout.write(text)));

  const localSettings = readLocalSettings(appDir);
  applyLocalSettings(localSettings, env);
  const hostJson = readHostJson(appDir, env);
  log.configure(new Map(Object.entries(hostJson.logging.logLevel)));
  const started: (() => Promise<void> | void)[] = [];
  const unwind = async (): Promise<void> => {
    for (let next = started.pop(); next !== undefined; next = started.pop()) await next();
  };
  try {
    const ports = await openPorts(
      options.port ?? localSettings.port ?? 7071,
      options.hostname,
      log,
    );
    started.push(() => ports.close(closeMs));
    const { server, rpcServer, authority } = ports;
    const url = `http://${authority}`;
    env['WEBSITE_HOSTNAME'] = authority;
    env['AZURE_FUNCTIONS_ENVIRONMENT'] ??= 'Development';
    env['FUNCTIONS_WORKER_RUNTIME'] ??= 'node';

    mkdirSync(dataDir, { recursive: true });
    const clock = openClock({ environment: env, dataDir, speed: options.speed ?? 1 });
    // Stays for the life of the process: what the app does last must not fall out of its time.
    installClock(clock);

    const worker = new AppWorker(log);
    provideCore(worker.coreModule());
    process.chdir(appDir);
    await loadApp(appDir);
    acceptFunctions(worker.registrations, env);
    await startApp(worker, appDir);
    // Once more: a start hook may have registered others.
    const functions = acceptFunctions(worker.registrations, env);
    const registered = functions.map((registration) => registration.registered);

    const http = httpFunctions(registered, hostJson.extensions.http.routePrefix);
    const routes = new RouteTable(http);
    const keys = HostKeys.open(join(dataDir, 'keys.json'), http);
    const clients = new QueueClients(env);
    const wakeQueue = (queueUrl: string): void => {
      listeners.wake(queueUrl);
    };
    const outputs = new QueueOutputs({
      clients,
      environment: env,
      encoding: hostJson.extensions.queues.messageEncoding,
      onSent: wakeQueue,
    });
    const clientPayload = (): string =>
      durable.clientPayload({
        publicBase: `${url}${durablePath}`,
        rpcBase: `http://127.0.0.1:${String(rpcServer.port)}/durabletask/`,
        systemKey: keys.durableKey,
      });
    const runner = new FunctionRunner({
      worker,
      log,
      functions,
      inputOf: () => ({ string: clientPayload() }),
      writeOutputs: outputs.write,
    });
    const { promise: failed, resolve: fail } = Promise.withResolvers<string>();
    const durable = makeDurable({
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
    const hostId = createHash('sha256').update(appDir).digest('hex').slice(0, 32);
    const admin = new AdminApi({
      hostId,
      startedAtMs: Date.now(),
      baseUrl: url,
      functions: registered,
      httpFunctions: http,
      invoke: runner.invoke,
    });
    const handler = new RequestHandler({
      auth: options.auth ?? false,
      keys,
      routes,
      functions: http,
      admin,
      durable,
      invoke: runner.invoke,
    });
    const listeners = createListeners({
      functions: registered,
      settings: hostJson.extensions.queues,
      clients,
      clock,
      environment: env,
      statusDir: join(dataDir, 'timers'),
      invoke: runner.invoke,
      log,
    });

    started.push(() =>
      terminateApp(worker).catch((error: unknown) => {
        log.entry('Host', 'error', `an appTerminate hook failed: ${errorText(error)}`);
      }),
    );
    await startDurable(durable);
    started.push(async () => {
      server.serve(() => Promise.resolve(emptyAnswer(503)));
      // The engine ends last: what still runs may start orchestrations or wait for them.
      const ended = Promise.all([listeners.stop(), runner.settled()]).then(() => durable.stop());
      await withinMs(ended, graceMs, () => {
        log.entry(
          'Host',
          'warning',
          'Not all functions ended in time; the queue messages and activities among them will run again.',
        );
      });
    });
    rpcServer.serve((request, asked) =>
      durableAnswer(durable, request, asked, '/durabletask', keys.durableKey),
    );
    listeners.start();
    server.serve(handler.handle);

    log.entry(
      'Host',
      'information',
      `Listening on ${ports.address} at port ${String(server.port)}; durable client at port ${String(rpcServer.port)}.`,
    );
    log.plain(listFunctions(registered, http, url));
    if (options.auth === true)
      log.entry(
        'Host',
        'information',
        `Keys are asked for; they are in ${join(dataDir, 'keys.json')}`,
      );
    log.entry('Host', 'information', `Host lock lease acquired by instance ID '${hostId}'.`);
    let stopping: Promise<void> | undefined;
    return { url, port: server.port, failed, stop: () => (stopping ??= unwind()) };
  } catch (error) {
    await unwind().catch((unwindError: unknown) => {
      log.entry('Host', 'error', `and stopping failed: ${errorText(unwindError)}`);
    });
    throw error;
  }
}
