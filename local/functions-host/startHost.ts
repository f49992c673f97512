import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openClock } from '../clock/clockSetting.ts';
import { installClock } from '../clock/installClock.ts';
import { errorText, HostStartError } from './errors.ts';
import { Cors } from './http/cors.ts';
import { openPorts } from './http/hostServer.ts';
import { HostLog } from './log.ts';
import { type Cleanup, serveApp } from './serveApp.ts';
import { readHostJson } from './settings/hostJson.ts';
import { applyLocalSettings, readLocalSettings } from './settings/localSettings.ts';

/** The options of the command line. */
export interface HostOptions {
  /** The folder of the app, with package.json and host.json. */
  readonly appDir: string;
  /**
   * The public port; 0 for any free one. Default: `Host.LocalHttpPort` of local.settings.json, or
   * 7071.
   */
  readonly port?: number;
  /** The address to listen on. Default: this machine only. */
  readonly hostname?: string;
  /** How many times as fast as real time the app's clock runs. Default: 1. */
  readonly speed?: number;
  /**
   * The folder of the journal, the keys, the timers and the clock. Default: `.local/host` in the
   * app's folder.
   */
  readonly dataDir?: string;
  /** Whether callers must send a key. Default: no. */
  readonly auth?: boolean;
  /** The names of the functions to run, in any case. Default: all. */
  readonly functions?: readonly string[];
  /** The origins whose pages may call the functions. Default: `Host.CORS` of local.settings.json. */
  readonly cors?: string;
  /** Default: `Host.CORSCredentials` of local.settings.json. */
  readonly corsCredentials?: boolean;
  /** Options of Core Tools that the caller has given and that have no effect here. */
  readonly ignoredOptions?: readonly string[];
  /** Writes the log. Default: to standard output. */
  readonly write?: (text: string) => void;
}

/** A running host. */
export interface Host {
  /** The public address, such as `http://localhost:7071`. */
  readonly url: string;
  readonly port: number;
  /** Resolves with the reason when the host cannot continue and must be stopped. */
  readonly failed: Promise<string>;
  /** Resolves with the reason when a function cannot be stopped and its process must be. */
  readonly stuck: Promise<string>;
  /**
   * Ends running functions, closes everything and releases the data folder. A second call waits for
   * the same end.
   */
  stop(): Promise<void>;
}

const closeLimitMs = 1_000;
let isStarted = false;

/**
 * Runs a Functions app in this process. A process can run one app only: Node loads a module once,
 * so its functions are registered once.
 * @throws HostStartError when the app cannot run, or the port or the data folder is in use
 */
export async function startHost(options: HostOptions): Promise<Host> {
  if (isStarted)
    throw new HostStartError(
      'this process already runs an app: start another process for another app',
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
  for (const name of options.ignoredOptions ?? [])
    log.entry('Host', 'warning', `The option --${name} of Core Tools has no effect here.`);
  const cleanups: Cleanup[] = [];
  const cleanUp = async (): Promise<void> => {
    for (let next = cleanups.pop(); next !== undefined; next = cleanups.pop()) await next();
  };
  try {
    const ports = await openPorts(
      options.port ?? localSettings.port ?? 7071,
      options.hostname,
      log,
    );
    cleanups.push(() => ports.close(closeLimitMs));
    env['WEBSITE_HOSTNAME'] = ports.authority;
    env['AZURE_FUNCTIONS_ENVIRONMENT'] ??= 'Development';
    env['FUNCTIONS_WORKER_RUNTIME'] ??= 'node';

    mkdirSync(dataDir, { recursive: true });
    // An app that was made for another host does not ignore this folder, which contains keys.
    writeFileSync(join(dataDir, '.gitignore'), '*\n');
    const clock = openClock({ environment: env, dataDir, speed: options.speed ?? 1 });
    // Never uninstalled: the app's last code must read the same clock.
    installClock(clock);

    const auth = options.auth ?? false;
    const { failed, stuck } = await serveApp({
      appDir,
      dataDir,
      auth,
      functions: options.functions,
      cors: new Cors(
        options.cors ?? localSettings.cors ?? '',
        options.corsCredentials ?? localSettings.corsCredentials ?? false,
      ),
      hostJson,
      clock,
      ports,
      log,
      cleanups,
    });
    let stopping: Promise<void> | undefined;
    return {
      url: `http://${ports.authority}`,
      port: ports.server.port,
      failed,
      stuck,
      stop: () => (stopping ??= cleanUp()),
    };
  } catch (error) {
    await cleanUp().catch((cleanUpError: unknown) => {
      log.entry('Host', 'error', `stopping failed as well: ${errorText(cleanUpError)}`);
    });
    throw error;
  }
}
