import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';

/** A running Azurite. */
export interface Azurite {
  readonly connectionString: string;
  readonly ports: { readonly blob: number; readonly queue: number; readonly table: number };
  /** Ends Azurite after it saved its data. */
  readonly stop: () => Promise<void>;
}

// The published key of the development account, which only emulators accept.
const account = 'devstoreaccount1';
const key =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const startSeconds = 30;
const exitWithParent = new URL('../exitWithParent.ts', import.meta.url).href;
const diskGuard = new URL('diskGuard.ts', import.meta.url).href;

/**
 * Starts Azurite (blob, queue and table in one process) on 127.0.0.1, by default on free ports. Resolves when all three services
 * accept connections. Throws with Azurite's own output when it cannot start. Azurite ends with the process that started it.
 */
export async function startAzurite(options: {
  readonly dataDir: string;
  readonly ports?: Partial<Azurite['ports']>;
  /** Called when Azurite has ended, with its output. */
  readonly onExit?: (code: number | null, output: string) => void;
}): Promise<Azurite> {
  mkdirSync(options.dataDir, { recursive: true });
  const cli = join(
    dirname(createRequire(import.meta.url).resolve('azurite/package.json')),
    'dist/src/azurite.js',
  );
  const child = spawn(
    process.execPath,
    [
      '--import',
      exitWithParent,
      '--import',
      diskGuard,
      cli,
      '--silent',
      '--location',
      options.dataDir,
      '--skipApiVersionCheck',
      '--disableTelemetry',
      ...['blob', 'queue', 'table'].flatMap((service) => [`--${service}Host`, '127.0.0.1']),
      '--blobPort',
      String(options.ports?.blob ?? 0),
      '--queuePort',
      String(options.ports?.queue ?? 0),
      '--tablePort',
      String(options.ports?.table ?? 0),
    ],
    // A process group of its own: Ctrl+C in a terminal reaches only the parent, which then stops Azurite.
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  let output = '';
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code) => {
      options.onExit?.(code, output);
      resolve();
    });
  });
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    if (output.length < 20_000) output += chunk.toString();
  });
  const stop = async (): Promise<void> => {
    if (!hasEnded()) child.kill('SIGTERM');
    await exited;
  };
  for (let tries = 0; tries < startSeconds * 20; tries += 1) {
    if (hasEnded())
      throw new Error(`Azurite could not start: ${output.trim().split('\n').slice(-3).join(' ')}`);
    const ports = portsIn(output);
    if (
      ports !== undefined &&
      (await Promise.all(Object.values(ports).map(accepts))).every(Boolean)
    ) {
      return { connectionString: connectionString(ports), ports, stop };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stop();
  throw new Error(`Azurite did not start within ${String(startSeconds)} s: ${output.trim()}`);
}

function portsIn(output: string): Azurite['ports'] | undefined {
  const port = (service: string): number | undefined => {
    const found = new RegExp(
      `${service} service is successfully listening at http://127\\.0\\.0\\.1:(\\d+)`,
    ).exec(output)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const [blob, queue, table] = [port('Blob'), port('Queue'), port('Table')];
  return blob === undefined || queue === undefined || table === undefined
    ? undefined
    : { blob, queue, table };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

function connectionString({ blob, queue, table }: Azurite['ports']): string {
  const endpoint = (name: string, port: number): string =>
    `${name}Endpoint=http://127.0.0.1:${String(port)}/${account}`;
  return (
    [
      'DefaultEndpointsProtocol=http',
      `AccountName=${account}`,
      `AccountKey=${key}`,
      endpoint('Blob', blob),
      endpoint('Queue', queue),
      endpoint('Table', table),
    ].join(';') + ';'
  );
}
