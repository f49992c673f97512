import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SpawnedHost, spawnHost } from './spawnHost.ts';

let host: SpawnedHost;
beforeAll(async () => {
  host = await spawnHost({ app: 'modules' });
}, 30_000);
afterAll(async () => {
  await host.stop();
});

async function text(path: string): Promise<string> {
  return (await fetch(`${host.url}${path}`)).text();
}

describe('an app whose "main" is a glob over ES and CommonJS modules', () => {
  it('loads an ES module by the type of the package, with the core module to import', async () => {
    expect(JSON.parse(await text('/index'))).toEqual({
      answer: 'module',
      version: 'string',
      hostVersion: '4',
      log: 'function',
    });
  });

  it('loads .mjs and .cjs by their extensions, in folders of any depth', async () => {
    expect(await text('/nested')).toBe('nested.mjs');
    expect(await text('/common')).toBe('object');
  });

  it('loads .js as CommonJS by the type of the nearest package.json, in the app’s folder', async () => {
    expect(JSON.parse(await text('/classic'))).toEqual({
      model: '@azure/functions',
      cwd: 'modules',
      functionName: 'classic',
    });
  });

  it('serves without a prefix when host.json has an empty one', async () => {
    expect((await fetch(`${host.url}/api/index`)).status).toBe(404);
  });
});
