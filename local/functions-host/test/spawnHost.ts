import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sharedDir } from './temporaryDir.ts';

const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
// The tests start the same code dozens of times. A cache saves the compilation.
const compileCache = fileURLToPath(
  new URL('../../../node_modules/.cache/host-tests', import.meta.url),
);
const readyLine = /Host lock lease acquired by instance ID '[0-9a-f]+'\./;

/** The options of a host in a child process. */
export interface SpawnOptions {
  /** The folder under `apps`. */
  readonly app: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Default: a new folder, deleted at the end. */
  readonly dataDir?: string;
  /** Default: any free one. */
  readonly port?: number;
}

/** The exit of a host that the test did not stop. */
export interface HostExit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A host in a child process. */
export interface SpawnedHost {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Returns its output so far. */
  readonly output: () => string;
  /** Sends a signal and resolves with the exit code. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGINT' | 'SIGKILL') => Promise<number | null>;
}

/**
 * Starts a host and waits until it is ready. Throws an error with its output when it ends instead.
 */
export async function spawnHost(options: SpawnOptions): Promise<SpawnedHost> {
  const running = run(options);
  const ended = await Promise.race([running.ready, running.exit]);
  if (ended !== undefined)
    throw new Error(`the host ended with ${String(ended.code)}: ${ended.stdout}${ended.stderr}`);
  const port = Number(/at port (\d+)/.exec(running.output())?.[1]);
  return {
    url: `http://127.0.0.1:${String(port)}`,
    port,
    pid: running.pid,
    output: running.output,
    stop: async (signal = 'SIGTERM') => {
      running.kill(signal);
      return (await running.exit).code;
    },
  };
}

/** Starts a host and waits for its exit, for apps that it refuses. */
export function runHost(
  options: SpawnOptions & { readonly command?: readonly string[] },
): Promise<HostExit> {
  return run(options).exit;
}

function run({
  app,
  args = [],
  env = {},
  dataDir,
  port = 0,
  command = ['start'],
}: SpawnOptions & { readonly command?: readonly string[] }) {
  const appDir = fileURLToPath(new URL(`apps/${app}`, import.meta.url));
  const newDir = dataDir === undefined ? sharedDir() : undefined;
  const child = spawn(
    process.execPath,
    [
      cli,
      ...command,
      '--app',
      appDir,
      '--port',
      String(port),
      '--data',
      dataDir ?? newDir?.path ?? '',
      ...args,
    ],
    {
      // The app must not get settings of the developer's environment.
      env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: compileCache, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  // A failed test leaves no host behind.
  const killWithParent = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', killWithParent);
  let stdout = '';
  let stderr = '';
  const { promise: ready, resolve: setReady } = Promise.withResolvers<undefined>();
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    if (readyLine.test(stdout)) setReady(undefined);
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exit = new Promise<HostExit>((resolve) => {
    child.once('close', (code) => {
      process.off('exit', killWithParent);
      newDir?.remove();
      resolve({ code, stdout, stderr });
    });
  });
  return {
    pid: child.pid ?? 0,
    ready,
    exit,
    output: () => stdout + stderr,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
  };
}
