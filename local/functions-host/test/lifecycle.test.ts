import { afterAll, describe, expect, it } from 'vitest';
import { instanceOf, startInstance } from './instances.ts';
import { runHost, spawnHost } from './spawnHost.ts';
import { sharedDir } from './temporaryDir.ts';
import { until } from './until.ts';

const dir = sharedDir();
afterAll(() => {
  dir.remove();
});

// The tests wait for processes most of the time, so they run at once.
describe.concurrent('the host process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends its open requests and exits with 0 on %s',
    async (signal) => {
      const host = await spawnHost({ app: 'web' });
      const response = fetch(`${host.url}/api/slowly`);
      await until('the run', () =>
        host.output().includes("Executing 'Functions.slowly'") ? true : undefined,
      );
      const code = host.stop(signal);
      expect(await (await response).text()).toBe('done');
      expect(await code).toBe(0);
    },
  );

  it('accepts orchestrations that running functions start during the stop', async () => {
    const options = { app: 'patterns', dataDir: `${dir.path}/late` };
    let host = await spawnHost(options);
    const response = fetch(`${host.url}/api/startLate`, { method: 'POST' });
    await until('the run', () =>
      host.output().includes("Executing 'Functions.startLate'") ? true : undefined,
    );
    const code = host.stop();
    expect(await (await response).text()).toBe('late');
    expect(await code).toBe(0);
    host = await spawnHost(options);
    expect((await fetch(`${host.url}/runtime/webhooks/durabletask/instances/late`)).status).toBe(
      202,
    );
    await host.stop();
  });

  it('refuses the data folder of another host', async () => {
    const options = { app: 'patterns', dataDir: `${dir.path}/shared` };
    const host = await spawnHost(options);
    const { code, stderr } = await runHost(options);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        new RegExp(`^process ${String(host.pid)} works on the same data .*\n$`),
      ) as unknown,
    });
    await host.stop();
  });

  it('stops within seconds although a function never ends', async () => {
    const host = await spawnHost({ app: 'web' });
    const response = fetch(`${host.url}/api/never`).catch((error: unknown) => error);
    await until('the run', () =>
      host.output().includes("Executing 'Functions.never'") ? true : undefined,
    );
    expect(await host.stop()).toBe(0);
    expect(host.output()).toContain('Not all functions ended in time');
    expect(await response).toBeInstanceOf(Error);
  }, 20_000);

  it('continues every orchestration after kill -9, with the same data', async () => {
    const options = { app: 'patterns', dataDir: `${dir.path}/killed` };
    let host = await spawnHost(options);
    const steps = await startInstance(host, 'steps', 6);
    const waiting = await startInstance(host, 'waiting');
    await waiting.reach('Running');
    await until('the second step', async () => {
      const { customStatus } = await steps.status();
      return typeof customStatus === 'object' &&
        customStatus !== null &&
        'step' in customStatus &&
        Number(customStatus.step) >= 2
        ? true
        : undefined;
    });
    await host.stop('SIGKILL');

    host = await spawnHost({ ...options, port: host.port });
    expect((await instanceOf(steps.urls).reach('Completed')).output).toBe('done');
    const resumed = instanceOf(waiting.urls);
    await resumed.post((waiting.urls['sendEventPostUri'] ?? '').replace('{eventName}', 'go'), {
      still: 'there',
    });
    expect((await resumed.reach('Completed')).output).toEqual({ still: 'there' });
    expect(await host.stop()).toBe(0);
  }, 40_000);

  it('fires a timer at the start that became due while it was down', async () => {
    const options = { app: 'patterns', dataDir: `${dir.path}/timer`, args: ['--speed', '60'] };
    let host = await spawnHost(options);
    const race = await startInstance(host, 'race', { seconds: 120 });
    await host.stop('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    host = await spawnHost({ ...options, port: host.port });
    expect((await instanceOf(race.urls).reach('Completed')).output).toEqual({ winner: 'timer' });
    await host.stop();
  }, 40_000);
});
