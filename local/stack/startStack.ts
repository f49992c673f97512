import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clockEnvironment, openClock } from '../clock/clockSetting.ts';
import type { ScaledClock } from '../clock/scaledClock.ts';
import { lockFolder } from '../functions-host/index.ts';
import { unsavedWritesWarning } from './azurite/unsavedWrites.ts';
import { freePort, requirePort } from './freePort.ts';
import { azuriteProcess, graphProcess, hostProcess } from './stackProcesses.ts';
import { ProcessDiedError, type ProcessSpec, SupervisedProcess } from './supervisedProcess.ts';

/**
 * Creates a folder and locks it for this process. Returns a function that releases the lock.
 * @throws DataInUseError when another stack uses the folder
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true });
  return lockFolder(dataDir);
}

const healthTimeoutSeconds = 30;

/** Resolves when `GET /health` returns 200. Throws a ProcessDiedError with the last response when it does not in time. */
async function waitUntilHealthy(
  apiUrl: string,
  host: SupervisedProcess,
  { logFile }: ProcessSpec,
  signal?: AbortSignal,
): Promise<void> {
  const deadlineMs = performance.now() + healthTimeoutSeconds * 1000;
  for (;;) {
    signal?.throwIfAborted();
    const health = await Promise.race([checkHealth(apiUrl), host.died]);
    if (health instanceof ProcessDiedError) throw health;
    if (health === 'healthy') return;
    if (performance.now() > deadlineMs) {
      throw new ProcessDiedError(
        host.name,
        `runs, but the app is not healthy (${health})`,
        logFile,
      );
    }
    await sleep(100);
  }
}

async function checkHealth(apiUrl: string): Promise<string> {
  try {
    const response = await fetch(`${apiUrl}/health`, { signal: AbortSignal.timeout(5_000) });
    const text = await response.text();
    return response.status === 200
      ? 'healthy'
      : `GET /health returned ${String(response.status)} ${text}`;
  } catch (error) {
    return `GET /health failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The options of a local stack. */
export interface StackOptions {
  /** The folder of all data. Start with the same folder to resume. */
  readonly dataDir: string;
  /** Default: a free port. */
  readonly port?: number;
  /** Default: a free port. */
  readonly graphPort?: number;
  /** How many times faster than real time the stack's clock runs. */
  readonly speed: number;
  /** The start of a new clock in epoch milliseconds. Default: now. A folder that has a clock continues with it. */
  readonly originMs?: number;
  /** The scenario file of the Graph emulator. */
  readonly scenario: string;
  /** The fault plan of the Graph emulator. Default: no faults. */
  readonly faults?: string;
  /** The folder of the app, which must have `GET /health`. Default: this project. */
  readonly appDir?: string;
  /** More settings for the app, such as BATCH_SIZE. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Aborts the start and stops everything that was started. */
  readonly signal?: AbortSignal;
}

/** A running stack. */
export interface Stack {
  /** `http://127.0.0.1:7071/api` */
  readonly apiUrl: string;
  /** `http://127.0.0.1:7080` */
  readonly graphUrl: string;
  /** The connection string of Azurite. */
  readonly connectionString: string;
  readonly dataDir: string;
  readonly clock: ScaledClock;
  /** A warning when storage lost data when it last ended. */
  readonly storageWarning: string | undefined;
  /** Resolves when a process has ended by itself. The stack must be stopped then. */
  readonly died: Promise<ProcessDiedError>;
  /** Ends the host at once, like a crash (`kill -9`). */
  killHost(): Promise<void>;
  /** Starts the host again after `killHost`, with the same port and data. `appDir` is the folder of another release of the app. */
  startHost(appDir?: string): Promise<void>;
  /** Stops storage after it saved its data. The other processes continue without it. */
  stopStorage(): Promise<void>;
  /** Starts storage again after `stopStorage`, with the same ports and data. */
  startStorage(): Promise<void>;
  /** Stops everything, the host first. A second call has no effect. */
  stop(): Promise<void>;
}

/**
 * Starts Azurite, the Graph emulator and the host with the built app on one clock. Resolves when the app is healthy.
 * @throws PortInUseError, DataInUseError, ProcessDiedError; everything that was started is stopped
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { signal } = options;
  const dataDir = resolve(options.dataDir);
  const { promise: died, resolve: reportExit } = Promise.withResolvers<ProcessDiedError>();
  const started: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (let next = started.pop(); next !== undefined; next = started.pop()) await next();
  };
  const start = async (spec: ProcessSpec): Promise<SupervisedProcess> => {
    const running = await SupervisedProcess.start(spec, signal);
    started.push(() => running.stop());
    void running.died.then(reportExit);
    return running;
  };
  try {
    const port =
      options.port === undefined ? await freePort() : await requirePort(options.port, '--port');
    const graphPort =
      options.graphPort === undefined
        ? await freePort()
        : await requirePort(options.graphPort, '--graph-port');
    started.push(lockDataDir(dataDir));
    mkdirSync(join(dataDir, 'logs'), { recursive: true });
    const storageWarning = unsavedWritesWarning(join(dataDir, 'azurite'));
    const clock = openClock({
      environment: {},
      dataDir,
      speed: options.speed,
      ...(options.originMs === undefined ? {} : { originMs: options.originMs }),
    });
    const faults = options.faults === undefined ? {} : { faults: resolve(options.faults) };
    const common = { dataDir, speed: options.speed, clock: clockEnvironment(clock) };

    let storage: SupervisedProcess | undefined;
    started.push(() => storage?.stop());
    const startStorage = async (storageSpec: ProcessSpec): Promise<SupervisedProcess> => {
      storage = await SupervisedProcess.start(storageSpec, signal);
      void storage.died.then(reportExit);
      return storage;
    };
    const [azurite] = await startTogether([
      () => startStorage(azuriteProcess({ dataDir })),
      () =>
        start(
          graphProcess({
            ...common,
            port: graphPort,
            scenario: resolve(options.scenario),
            ...faults,
          }),
        ),
    ]);
    signal?.throwIfAborted();

    const graphUrl = `http://127.0.0.1:${String(graphPort)}`;
    const apiUrl = `http://127.0.0.1:${String(port)}/api`;
    const connectionString = azurite.ready[1] ?? '';
    let host: SupervisedProcess | undefined;
    const startHost = async (appDir = options.appDir): Promise<void> => {
      const spec = hostProcess({
        ...common,
        port,
        graphUrl,
        connectionString,
        settings: options.settings ?? {},
        ...(appDir === undefined ? {} : { appDir: resolve(appDir) }),
      });
      host = await SupervisedProcess.start(spec, signal);
      void host.died.then(reportExit);
      await waitUntilHealthy(apiUrl, host, spec, signal);
    };
    started.push(() => host?.stop());
    await startHost();
    return {
      apiUrl,
      graphUrl,
      connectionString,
      dataDir,
      clock,
      storageWarning,
      died,
      killHost: async () => host?.kill(),
      startHost,
      stopStorage: async () => storage?.stop(),
      startStorage: async () => {
        await startStorage(azuriteProcess({ dataDir, connectionString }));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits for both starts even when one fails, so that nothing is still starting when the stack is stopped. */
async function startTogether<A, B>([startFirst, startSecond]: readonly [
  () => Promise<A>,
  () => Promise<B>,
]): Promise<[A, B]> {
  const both = [startFirst(), startSecond()] as const;
  await Promise.allSettled(both);
  return Promise.all(both);
}
