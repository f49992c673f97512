import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
// Dozens of starts of the same code: what was compiled once need not be compiled again.
const compileCache = fileURLToPath(
  new URL('../../../node_modules/.cache/host-tests', import.meta.url),
);
const readyLine = /Host lock lease acquired by instance ID '[0-9a-f]+'\./;

export interface SpawnOptions {
  /** The folder under `apps`. */
  readonly app: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Left out: a folder of its own, deleted at the end. */
  readonly dataDir?: string;
  /** Left out: any free one. */
  readonly port?: number;
}

/** How a host ended that was not stopped by the test. */
export interface HostExit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpawnedHost {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** All that it has printed so far. */
  readonly output: () => string;
  /** Sends the signal and resolves with the exit code. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGINT' | 'SIGKILL') => Promise<number | null>;
}

/** Runs the host's command line and waits until it is ready; throws with its output when it ends instead. */
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

/** Runs the host's command line to its end; for apps that it refuses. */
export function runHost(
  options: SpawnOptions & { readonly command?: readonly string[] },
): Promise<HostExit> {
  return run(options).exit;
}

/** A folder for one test file; `remove` deletes it. */
export function temporaryDir(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'host-test-'));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
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
  const own = dataDir === undefined ? temporaryDir() : undefined;
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
      dataDir ?? own?.path ?? '',
      ...args,
    ],
    {
      // Nothing of the developer's own settings may reach the app.
      env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: compileCache, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  // A test that fails half-way leaves no host behind.
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
      own?.remove();
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
