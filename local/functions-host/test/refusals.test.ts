import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runHost, spawnHost, type SpawnOptions } from './spawnHost.ts';

async function refusal(
  env: Record<string, string>,
  options: Partial<SpawnOptions> & { command?: readonly string[] } = {},
): Promise<string> {
  const { code, stdout, stderr } = await runHost({ app: 'refused', env, ...options });
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: expect.not.stringContaining('Host lock lease') as unknown,
  });
  return stderr;
}

describe('an app that the host refuses, with the remedy', () => {
  it('fails while it loads; the message names the file', async () => {
    const stderr = await refusal({ REFUSE: 'throws' });
    expect(stderr).toMatch(
      /^the app cannot be loaded: index\.cjs: Error: a setting is missing: TENANT\n/,
    );
    expect(stderr).toContain('index.cjs:');
  });

  it('has a failing start hook', async () => {
    expect(await refusal({ REFUSE: 'startHook' })).toMatch(
      /^an appStart hook failed: Error: no database/,
    );
  });

  it('has no host.json, or one with a bad member', async () => {
    expect(await refusal({}, { app: 'nowhere' })).toMatch(/nowhere\/host\.json cannot be read/);
    const bad = {
      AzureFunctionsJobHost__extensions__queues__batchSize: '33',
      AzureFunctionsJobHost__version: 'two',
    };
    expect(await refusal(bad)).toMatch(
      /host\.json is not valid: version: must be "2\.0"; extensions\.queues\.batchSize: /,
    );
  });

  it('has a port that is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const stderr = await refusal({ REFUSE: 'throws' }, { port });
    expect(stderr).toBe(
      `Port ${String(port)} is in use: stop what uses it, or choose another with --port\n`,
    );
    server.close();
  });

  it('is started with an invalid command line; the usage follows', async () => {
    expect(await refusal({}, { command: ['begin'] })).toMatch(
      /^expected the command 'start', got 'begin'\n\nUsage: host start/,
    );
    expect(await refusal({}, { args: ['--speed', 'fast'] })).toMatch(
      /^--speed must be a number greater than 0, got 'fast'/,
    );
    expect(await refusal({}, { args: ['--colour'] })).toMatch(/--colour/);
  });
});

describe('an app with functions that the host cannot run', () => {
  it('runs with the others; one message lists those in error', async () => {
    const host = await spawnHost({
      app: 'refused',
      env: { REFUSE: 'several', AzureWebJobsStorage: 'UseDevelopmentStorage=true' },
    });
    expect(host.output()).toContain(
      '3 functions are in error and cannot run here. All others run.',
    );
    expect(host.output()).toContain("    function 'tally' is a durable entity\n");
    expect(await (await fetch(`${host.url}/api/fine`)).text()).toBe('runs');
    expect((await fetch(`${host.url}/api/both`)).status).toBe(404);
    const functions = await (await fetch(`${host.url}/admin/functions`)).json();
    expect(functions).toMatchObject([{ name: 'fine' }]);
    expect(await host.stop()).toBe(0);
  });

  it('names those that a function.json file describes', async () => {
    const host = await spawnHost({ app: 'oldModel' });
    expect(host.output()).toContain("function 'Greet' is described by a function.json file");
    expect(await host.stop()).toBe(0);
  });

  it('lists no function that is disabled or not selected, and warns of unknown names', async () => {
    const host = await spawnHost({
      app: 'refused',
      env: { REFUSE: 'several', 'AzureWebJobs.tally.Disabled': 'true' },
      args: ['--no-build', '--functions', 'Tally', 'fine', 'missing'],
    });
    expect(host.output()).not.toContain('in error');
    expect(host.output()).toContain("the app has no function 'missing'");
    expect(host.output()).toContain('The option --no-build of Core Tools has no effect here.');
    expect(await host.stop()).toBe(0);
  });
});
