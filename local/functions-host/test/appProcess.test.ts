import { afterEach, describe, expect, it } from 'vitest';
import { startInstance } from './instances.ts';
import { type SpawnedHost, spawnHost } from './spawnHost.ts';
import { until } from './until.ts';

let host: SpawnedHost | undefined;
afterEach(async () => {
  await host?.stop('SIGKILL');
});

/** Ends the process of the app and waits until it serves again. Returns what the host has written. */
async function end({ url, output }: SpawnedHost, way: string): Promise<string> {
  const before = output().length;
  void fetch(`${url}/api/end/${way}`).catch(() => undefined);
  return until('the next start', () =>
    output().slice(before).includes('Host lock lease acquired')
      ? output().slice(before)
      : undefined,
  );
}

describe('an app that ends its process is started again', () => {
  it('after an error, a rejection and an exit, later each time; its orchestrations continue', async () => {
    host = await spawnHost({ app: 'unstable' });
    const instance = await startInstance(host, 'two');
    await instance.reach('Running');
    expect(await end(host, 'throws')).toContain(
      'The process of the app has ended: uncaught exception. It starts again.\nError: thrown late\n',
    );
    expect(await end(host, 'rejects')).toContain(
      'The process of the app has ended: unhandled rejection. It starts again in 1 s.\nError: nobody catches this\n',
    );
    expect(await end(host, 'exits')).toContain(
      'The process of the app has ended: it called process.exit(3). It starts again in 2 s.\n',
    );
    const response = await fetch(`${host.url}/api/alive`);
    expect(await response.text()).toBe(String(host.pid));
    expect(response.headers.get('x-app')).toBe('unstable');
    const url = (instance.urls['sendEventPostUri'] ?? '').replace('{eventName}', 'go');
    expect(await instance.post(url, null)).toBe(202);
    expect((await instance.reach('Completed')).output).toBe(42);
    expect(await host.stop('SIGTERM')).toBe(0);
  });

  it('when a function runs longer than functionTimeout', async () => {
    const env = { AzureFunctionsJobHost__functionTimeout: '00:00:02' };
    host = await spawnHost({ app: 'unstable', env });
    expect(await end(host, 'hangs')).toContain(
      "The process of the app has ended: functionTimeout of host.json was exceeded by function 'Functions.end'. It starts again.\n",
    );
  });
});
