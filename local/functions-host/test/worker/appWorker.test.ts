import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SpawnedHost, spawnHost } from '../spawnHost.ts';
import { until } from '../until.ts';

let host: SpawnedHost;
beforeAll(async () => {
  host = await spawnHost({ app: 'hooks' });
}, 30_000);
afterAll(async () => {
  await host.stop('SIGKILL');
});

async function get(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${host.url}/api/${path}`);
  return { status: response.status, text: await response.text() };
}

describe('hooks of the app', () => {
  it('lets a hook before the run change the input of the handler', async () => {
    expect(await get('changed')).toEqual({ status: 200, text: 'given by the hook' });
    await until('the log of the hook after the run', () =>
      host.output().includes('logged in the post hook') ? true : undefined,
    );
    expect(host.output()).not.toContain("Unexpected call to 'log'");
  });

  it('lets a hook after the run replace a failure with a result, and a result with a failure', async () => {
    expect(await get('saved')).toEqual({ status: 200, text: 'pre saved from: it failed' });
    expect((await get('spoilt')).status).toBe(500);
  });

  it('lets a log hook change a log entry', async () => {
    await get('quiet');
    await until('the entry', () => (host.output().includes('the ***** word') ? true : undefined));
    expect(host.output()).not.toContain('the secret word');
  });

  it('throws errors of the worker for a late registration and an unknown hook', async () => {
    expect(JSON.parse((await get('late')).text)).toEqual({
      message: expect.stringContaining('only be registered during app startup') as unknown,
      isSystem: true,
    });
    expect(JSON.parse((await get('unknownHook')).text)).toEqual({
      name: 'RangeError',
      isSystem: true,
    });
  });

  it('runs the start hooks before it is ready and the termination hooks at the end, with shared data', async () => {
    expect(host.output().indexOf('start hook ran')).toBeLessThan(
      host.output().indexOf('Host lock lease acquired'),
    );
    expect(host.output()).toContain('start hook ran');
    expect(host.output()).not.toContain('terminate hook');
    expect(await host.stop('SIGTERM')).toBe(0);
    expect(host.output()).toContain('terminate hook ran after start: true');
  });
});
