import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryDir } from './temporaryDir.ts';
import { jobRequest, jobsPath, targetTenantId } from './testGraph.ts';

const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
const cleanups: (() => Promise<unknown>)[] = [];
let folder: string;

beforeEach(() => {
  folder = temporaryDir();
});
afterEach(async () => {
  for (const end of cleanups.splice(0)) await end();
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line. `url` resolves when it is ready, `exit` when it has ended. */
function run(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, LOCAL_CLOCK: undefined, ...environment },
  });
  const exit = Promise.withResolvers<Ended>();
  const ready = Promise.withResolvers<string>();
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    const url = /^ready (http:\/\/127\.0\.0\.1:\d+)$/m.exec(stdout)?.[1];
    if (url !== undefined) ready.resolve(url);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.on('close', (code) => {
    exit.resolve({ code, stdout, stderr });
    ready.reject(new Error(`the emulator ended with ${String(code)}: ${stderr}`));
  });
  // A test that expects an early end does not await it.
  ready.promise.catch(() => undefined);
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> => {
    child.kill(signal);
    return exit.promise;
  };
  cleanups.push(() => stop('SIGKILL'));
  return { url: ready.promise, exit: exit.promise, stop };
}

async function call(url: string, method: string, path: string, body?: unknown): Promise<Response> {
  const credentials = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: targetTenantId,
    client_secret: 'any',
    scope: `${url}/.default`,
  });
  const granted = await fetch(`${url}/${targetTenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: credentials,
  });
  const { access_token } = z.object({ access_token: z.string() }).parse(await granted.json());
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
  return fetch(`${url}${jobsPath}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const statusOf = async (url: string, name: string): Promise<unknown> =>
  z.looseObject({ status: z.string() }).parse(await (await call(url, 'GET', `/${name}`)).json())
    .status;

describe('the command line', () => {
  it('serves jobs on the clock of LOCAL_CLOCK, and ends at SIGTERM', async () => {
    // A clock that stands almost still, years ahead.
    const originMs = Date.parse('2030-01-01T00:00:00Z');
    const clock = JSON.stringify({ realOriginMs: Date.now(), originMs, speed: 0.000_001 });
    const emulator = run(['--port', '0'], { LOCAL_CLOCK: clock });
    const url = await emulator.url;
    const early = await call(
      url,
      'POST',
      '',
      jobRequest({ completeAfterDateTime: '2029-12-31T23:59:59Z' }),
    );
    expect(early.status).toBe(422);
    const created = await call(
      url,
      'POST',
      '',
      jobRequest({ completeAfterDateTime: '2030-01-02T00:00:00Z' }),
    );
    expect(created.status).toBe(201);
    expect(created.headers.get('date')).toBe('Tue, 01 Jan 2030 00:00:00 GMT');
    expect(created.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect((await call(url, 'DELETE', '/wave07-b003')).status).toBe(409);
    expect(await emulator.stop()).toEqual({ code: 0, stdout: `ready ${url}\n`, stderr: '' });
  });

  it('applies the fault plan', async () => {
    const faults = join(folder, 'faults.json');
    writeFileSync(
      faults,
      JSON.stringify({
        faults: [
          { kind: 'connectionReset', effect: 'before', operation: 'listJobs', occurrence: 1 },
          { kind: 'throttledHour', operation: 'listJobs', occurrence: 2 },
        ],
      }),
    );
    const url = await run(['--port', '0', '--faults', faults]).url;
    await expect(call(url, 'GET', '')).rejects.toThrow('fetch failed');
    const throttled = await call(url, 'GET', '');
    expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '3600']);
    expect((await call(url, 'GET', '/$count')).status).toBe(200);
  });

  it('returns page links to its own address', async () => {
    const scenario = join(folder, 'scenario.json');
    writeFileSync(scenario, JSON.stringify({ pageSize: 1 }));
    const url = await run(['--port', '0', '--scenario', scenario]).url;
    const completeAfterDateTime = new Date(Date.now() + 3_600_000).toISOString();
    for (const displayName of ['a', 'b'])
      await call(url, 'POST', '', jobRequest({ displayName, completeAfterDateTime }));
    const page = z
      .looseObject({ '@odata.nextLink': z.string() })
      .parse(await (await call(url, 'GET', '')).json());
    expect(page['@odata.nextLink']).toMatch(new RegExp(`^${url}/v1\\.0/solutions/`));
  });

  it('runs at speed, and stores jobs and clock in its folder through a crash', async () => {
    const scenario = join(folder, 'scenario.json');
    // At this speed, a token of an hour would expire within a second.
    writeFileSync(scenario, JSON.stringify({ timings: { token: 1e9 } }));
    const args = [
      '--port',
      '0',
      '--speed',
      '10000',
      '--scenario',
      scenario,
      '--data',
      join(folder, 'data'),
    ];
    const first = run(args);
    const url = await first.url;
    const completeAfterDateTime = '2060-01-01T00:00:00Z';
    await call(url, 'POST', '', jobRequest({ completeAfterDateTime }));
    await call(url, 'POST', '/wave07-b003/validate');
    await expect
      .poll(() => statusOf(url, 'wave07-b003'), { timeout: 20_000 })
      .toBe('validatePassed');
    await first.stop('SIGKILL');
    const again = await run(args).url;
    expect(await statusOf(again, 'wave07-b003')).toBe('validatePassed');
  });

  it('reports in one line that its port is in use', async () => {
    const server = createServer();
    const listening = Promise.withResolvers<number>();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      listening.resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
    const port = await listening.promise;
    try {
      const ended = await run(['--port', String(port)]).exit;
      expect(ended).toEqual({
        code: 1,
        stdout: '',
        stderr: `Port ${String(port)} is in use. Choose another port with --port.\n`,
      });
    } finally {
      server.close();
    }
  });

  it.each([
    [['--port', 'many'], /--port must be a port number, not many/],
    [['--port', '70000'], /--port must be a port number/],
    [['--speed', '0'], /--speed must be a number above 0/],
    [['--colour', 'red'], /Unknown option '--colour'.*npm run graph -- \[--port/s],
    [
      ['--scenario', '/nowhere/scenario.json'],
      /Cannot read the scenario \/nowhere\/scenario\.json: ENOENT/,
    ],
    [
      ['--faults', '/nowhere/faults.json'],
      /Cannot read the fault plan \/nowhere\/faults\.json: ENOENT/,
    ],
  ])('refuses %o', async (args, message) => {
    const ended = await run(args).exit;
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toContain('    at ');
  });

  it('refuses an invalid scenario and names the member', async () => {
    const scenario = join(folder, 'scenario.json');
    writeFileSync(scenario, JSON.stringify({ users: [{ id: 'lee' }] }));
    const ended = await run(['--scenario', scenario]).exit;
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('users.0.id');
  });
});
