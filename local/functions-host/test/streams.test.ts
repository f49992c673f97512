import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SpawnedHost, spawnHost } from './spawnHost.ts';

let host: SpawnedHost;
beforeAll(async () => {
  host = await spawnHost({ app: 'streams' });
}, 30_000);
afterAll(async () => {
  expect(await host.stop()).toBe(0);
});

const get = (path: string) => fetch(`${host.url}/api/${path}`);

describe('an app with HTTP streams', () => {
  it('sees method, URL, headers and body; query values are parameters too, as on Azure', async () => {
    const response = await fetch(`${host.url}/api/describe/blue?q=1&a=b%20c`, {
      method: 'POST',
      headers: { 'x-test': 'yes', 'content-type': 'text/plain' },
      body: 'text',
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-one')).toBe('one');
    expect(response.headers.get('x-app')).toBe('streams');
    expect(response.headers.getSetCookie()).toEqual(['a=1']);
    expect(await response.json()).toEqual({
      url: `${host.url}/api/describe/blue?q=1&a=b%20c`,
      method: 'POST',
      params: { kind: 'blue', q: '1', a: 'b c' },
      query: { q: '1', a: 'b c' },
      header: 'yes',
      body: 'text',
    });
  });

  it('gets a body without a length, and one above the limit of others', async () => {
    const chunk = Buffer.alloc(1_048_576);
    const response = await fetch(`${host.url}/api/size`, {
      method: 'POST',
      body: Readable.from(Array.from({ length: 120 }, () => chunk)),
      duplex: 'half',
    });
    expect(await response.text()).toBe(String(120 * chunk.length));
  });

  it('sends a response while it is written', async () => {
    const reader = (await get('slow')).body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('first ');
    expect((await get('goOn')).status).toBe(204);
    expect((await reader?.read())?.value).toBe('second');
  });

  it('returns 500 when a function fails or returns nothing', async () => {
    expect((await get('throws')).status).toBe(500);
    expect((await get('nothing')).status).toBe(500);
    expect((await get('unknown')).status).toBe(404);
  });

  it('ends the connection when a response breaks off', async () => {
    const response = await get('breaks');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });
});
