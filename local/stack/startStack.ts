import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clockEnvironment, openClock } from '../clock/clockSetting.ts';
import type { ScaledClock } from '../clock/scaledClock.ts';
import { acquireLock } from '../functions-host/index.ts';
import { lossOf } from './azurite/unsaved.ts';
import { freePort, requirePort } from './freePort.ts';
import { azuriteProcess, graphProcess, hostProcess } from './stackProcesses.ts';
import { ProcessDiedError, type ProcessSpec, SupervisedProcess } from './supervisedProcess.ts';

/**
 * Makes the folder and takes it for this process; returns what gives it back. A lock of a dead process is taken over.
 * @throws DataInUseError when another stack works there: two would destroy each other's records
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true });
  return acquireLock(join(dataDir, 'stack.pid'));
}

const limitSeconds = 30;

/** Resolves when `GET /health` answers 200; throws a ProcessDiedError with the last answer when it does not in time. */
export async function waitUntilHealthy(
  apiUrl: string,
  host: SupervisedProcess,
  { logFile }: ProcessSpec,
  signal?: AbortSignal,
): Promise<void> {
  const deadlineMs = performance.now() + limitSeconds * 1000;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await Promise.race([askHealth(apiUrl), host.died]);
    if (answer instanceof ProcessDiedError) throw answer;
    if (answer === 'healthy') return;
    if (performance.now() > deadlineMs) {
      throw new ProcessDiedError(
        host.name,
        `runs, but the app is not healthy (${answer})`,
        logFile,
      );
    }
    await sleep(100);
  }
}

async function askHealth(apiUrl: string): Promise<string> {
  try {
    const response = await fetch(`${apiUrl}/health`, { signal: AbortSignal.timeout(5_000) });
    const text = await response.text();
    return response.status === 200
      ? 'healthy'
      : `GET /health answered ${String(response.status)} ${text}`;
  } catch (error) {
    return `GET /health failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** What a local stack is made of. Ports that are left out are chosen freely. */
export interface StackOptions {
  /** Everything that the stack keeps is in here; the same folder again resumes it. */
  readonly dataDir: string;
  readonly port?: number;
  readonly graphPort?: number;
  /** How many times as fast as real time the stack's clock runs. */
  readonly speed: number;
  /** Where a new clock starts, in epoch milliseconds; a folder that has one goes on with it. Left out: now. */
  readonly originMs?: number;
  /** The scenario file of the Graph emulator: who fails, and how. */
  readonly scenario: string;
  /** The fault plan of the Graph emulator: what goes wrong on the way, and how often. Left out: nothing. */
  readonly faults?: string;
  /** The folder of the app; it must answer `GET /health`. Left out: this project's own. */
  readonly appDir?: string;
  /** More settings for the app, such as BATCH_SIZE. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Stops the start half-way, and everything that was started by then. */
  readonly signal?: AbortSignal;
}

/** A running stack. */
export interface Stack {
  /** `http://127.0.0.1:7071/api` */
  readonly apiUrl: string;
  /** `http://127.0.0.1:7080` */
  readonly graphUrl: string;
  /** Of the storage emulator. */
  readonly connectionString: string;
  readonly dataDir: string;
  readonly clock: ScaledClock;
  /** What storage has lost since the folder was used last; undefined when it has lost nothing. */
  readonly loss: string | undefined;
  /** Resolves when a process has ended by itself: the stack is of no use any more and must be stopped. */
  readonly died: Promise<ProcessDiedError>;
  /** Ends the host at once, as a crash would (`kill -9`). */
  killHost(): Promise<void>;
  /** Starts the host again after `killHost`, on the same port and data. */
  startHost(): Promise<void>;
  /** Ends storage in order, so that it keeps what it has taken; the others go on without it. */
  stopStorage(): Promise<void>;
  /** Starts storage again after `stopStorage`, on the same ports and data. */
  startStorage(): Promise<void>;
  /** Stops everything, the host first; calling it again is harmless. */
  stop(): Promise<void>;
}

/**
 * Starts Azurite, the Graph emulator and the host with the built app, on one clock, and resolves when the app says that it
 * is healthy.
 * @throws PortInUseError, DataInUseError, ProcessDiedError; whatever was started by then is stopped
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { signal } = options;
  const dataDir = resolve(options.dataDir);
  const { promise: died, resolve: reportDeath } = Promise.withResolvers<ProcessDiedError>();
  const started: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (let next = started.pop(); next !== undefined; next = started.pop()) await next();
  };
  const start = async (spec: ProcessSpec): Promise<SupervisedProcess> => {
    const running = await SupervisedProcess.start(spec, signal);
    started.push(() => running.stop());
    void running.died.then(reportDeath);
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
    const loss = lossOf(join(dataDir, 'azurite'));
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
    const startStorage = async (of: ProcessSpec): Promise<SupervisedProcess> => {
      storage = await SupervisedProcess.start(of, signal);
      void storage.died.then(reportDeath);
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
    const spec = hostProcess({
      ...common,
      port,
      graphUrl,
      connectionString,
      settings: options.settings ?? {},
      ...(options.appDir === undefined ? {} : { appDir: resolve(options.appDir) }),
    });
    let host: SupervisedProcess | undefined;
    const startHost = async (): Promise<void> => {
      host = await SupervisedProcess.start(spec, signal);
      void host.died.then(reportDeath);
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
      loss,
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

/** Waits for both even when one has failed, so that nothing is still starting when the rest is stopped. */
async function startTogether<A, B>([startFirst, startSecond]: readonly [
  () => Promise<A>,
  () => Promise<B>,
]): Promise<[A, B]> {
  const both = [startFirst(), startSecond()] as const;
  await Promise.allSettled(both);
  return Promise.all(both);
}
