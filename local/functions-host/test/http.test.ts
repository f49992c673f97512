import { request as nodeRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SpawnedHost, spawnHost } from './spawnHost.ts';
import { until } from './until.ts';

let host: SpawnedHost;
beforeAll(async () => {
  host = await spawnHost({ app: 'web', env: { 'AzureWebJobs.off.Disabled': 'true' } });
}, 30_000);
afterAll(async () => {
  await host.stop();
});

async function get(
  path: string,
  init?: RequestInit,
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(`${host.url}${path}`, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
}

async function described(path: string, init?: RequestInit): Promise<Record<string, unknown>> {
  return JSON.parse((await get(path, init)).text) as Record<string, unknown>;
}

async function raw(text: string): Promise<string> {
  const socket = connect(host.port, '127.0.0.1');
  socket.end(text);
  let response = '';
  for await (const chunk of socket) response += String(chunk);
  return response;
}

describe('routes', () => {
  it.each([
    ['/api/things/special', 'literal'],
    ['/api/things/42', 'int 42'],
    ['/api/things/-7', 'int -7'],
    ['/api/things/99999999999', 'text 99999999999'],
    ['/api/things/blue', 'text blue'],
    ['/API/Things/Blue', 'text Blue'],
    ['/api/things/blue/', 'text blue'],
    ['/api/things/a%20b%2Fc', 'text a b%2Fc'],
    ['/api/files/a/b/c.txt', 'a/b/c.txt'],
    ['/api/files', 'none'],
    ['/api/codes/abc', 'abc'],
    ['/api/things/%zz%ff', 'text %zz%ff'],
  ])('%s calls the most specific function: %s', async (path, expected) => {
    expect(await get(path)).toMatchObject({ status: 200, text: expected });
  });

  it.each([
    ['/api'],
    ['/api/unknown'],
    ['/things/special'],
    ['/api/things/1/2'],
    ['/api/pages/one'],
    ['/api/codes/ab1'],
    ['/api/codes/abcd'],
    ['/api/off'],
  ])('%s matches no function: 404 without a body', async (path) => {
    expect(await get(path)).toMatchObject({ status: 404, text: '' });
  });

  it('has a home page, and returns 400 for a null character', async () => {
    expect((await get('/')).status).toBe(200);
    expect((await get('/api/things/%00')).status).toBe(400);
  });

  it('selects the function of a route by its method, and returns 404 for another method', async () => {
    expect(await get('/api/things/9', { method: 'PUT' })).toMatchObject({
      status: 200,
      text: 'put 9',
    });
    expect(await get('/api/things/9', { method: 'DELETE' })).toMatchObject({
      status: 404,
      text: '',
    });
  });

  it('omits a missing optional segment from the parameters', async () => {
    expect(await described('/api/pages')).toMatchObject({ params: {} });
    expect(await described('/api/pages/3')).toMatchObject({ params: { page: '3' } });
  });

  it('reads several parameters from one segment', async () => {
    expect(await described('/api/reports/wave07.csv')).toMatchObject({
      params: { name: 'wave07', extension: 'csv' },
    });
  });
});

describe('requests', () => {
  it('passes method, absolute address, query, headers and body to the function', async () => {
    const body = 'gr\u00fc\u00dfe';
    const found = await described('/api/echo?a=1&b=&a=2', {
      method: 'POST',
      body,
      headers: { 'X-Mixed-Case': 'Yes', 'content-type': 'text/plain' },
    });
    expect(found).toMatchObject({
      method: 'POST',
      url: `${host.url}/api/echo?a=1&b=&a=2`,
      query: { a: '1,2', b: '' },
      headers: { 'x-mixed-case': 'Yes', 'content-type': 'text/plain' },
      body,
    });
  });

  it('passes no body of a chunked request without a length, as the real host, and the unchanged headers', async () => {
    const found = await described('/api/echo', {
      method: 'POST',
      body: new Blob(['in chunks']).stream(),
      headers: { 'x-mine': 'yes' },
      duplex: 'half',
    });
    expect(found).toMatchObject({
      body: '',
      headers: { 'transfer-encoding': 'chunked', 'x-mine': 'yes' },
    });
    expect(found['headers']).not.toHaveProperty('content-length');
    // The connection can be used again.
    expect(await described('/api/echo', { method: 'POST', body: 'whole' })).toMatchObject({
      body: 'whole',
    });
  });

  it('accepts a body of several megabytes', async () => {
    const body = 'x'.repeat(5_000_000);
    expect((await described('/api/echo', { method: 'PUT', body }))['body']).toBe(body);
  });

  it('serves a thousand requests at once', async () => {
    const responses = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => described(`/api/echo?n=${String(index)}`)),
    );
    expect(responses.map(({ query }) => query)).toEqual(
      responses.map((_, index) => ({ n: String(index) })),
    );
  });
});

it('the default address is open for IPv4 and IPv6, as localhost may be either', async () => {
  const response = await fetch(`http://[::1]:${String(host.port)}/api/things/special`).catch(
    (error: unknown) => (isWithoutIpv6(error) ? undefined : Promise.reject(error as Error)),
  );
  expect(response?.status ?? 200).toBe(200);
});

/** Tells whether this machine has no IPv6. */
function isWithoutIpv6(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRNOTAVAIL';
}

describe('the environment of the app', () => {
  it('has the host name, from which the durable library builds addresses', async () => {
    expect(await described('/api/host')).toEqual({
      hostname: `localhost:${String(host.port)}`,
      environment: 'Development',
    });
  });
});

describe('responses', () => {
  it('have status, headers, cookies and body', async () => {
    const { status, text, headers } = await get('/api/answer');
    expect({ status, text, one: headers.get('x-one'), type: headers.get('content-type') }).toEqual({
      status: 201,
      text: 'made',
      one: '1',
      type: 'text/plain',
    });
    expect(headers.getSetCookie()).toEqual([
      'a=x%20y; path=/',
      'b=2; max-age=60; domain=example.com; path=/b; secure; samesite=strict; httponly',
    ]);
  });

  it('have no body for HEAD', async () => {
    expect(await get('/api/answer', { method: 'HEAD' })).toMatchObject({ status: 201, text: '' });
  });

  it('return bytes unchanged', async () => {
    const response = await fetch(`${host.url}/api/bytes`);
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 1, 254, 255]);
  });

  it('are 204 when the function returns nothing, and 500 without a body when it throws or returns no object', async () => {
    expect(await get('/api/nothing')).toMatchObject({ status: 204, text: '' });
    expect(await get('/api/broken')).toMatchObject({ status: 500, text: '' });
    expect(await get('/api/text')).toMatchObject({ status: 500, text: '' });
    await until('the failure in the log', () =>
      /Executed 'Functions\.broken' \(Failed, Id=[0-9a-f-]{36}, Duration=\d+ms\)\nError: out of order\n/.test(
        host.output(),
      )
        ? true
        : undefined,
    );
  });

  it('are 500 when they cannot be sent', async () => {
    expect(await get('/api/badHeader')).toMatchObject({ status: 500, text: '' });
    expect(await get('/api/foreignHeader')).toMatchObject({ status: 500, text: '' });
  });

  it('are 404 for a path that starts with two slashes, and 400 for an invalid Host header', async () => {
    expect(
      (await raw(`GET //api/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)).split(
        ' ',
      )[1],
    ).toBe('404');
    expect(
      (await raw(`GET /api/echo HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n`)).split(' ')[1],
    ).toBe('400');
  });

  it('continue after a client that closes the connection within its body', async () => {
    const client = nodeRequest(`${host.url}/api/echo`, {
      method: 'POST',
      headers: { 'content-length': '1000' },
    });
    client.on('error', () => undefined);
    client.write('half');
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.destroy();
    expect(await get('/api/things/special')).toMatchObject({ status: 200 });
  });
});

describe('the log', () => {
  it('has the start, the end and the entries of every run', async () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const found = JSON.parse(
      (await get('/api/logging', { headers: { traceparent: trace } })).text,
    ) as { invocationId: string };
    expect(found).toMatchObject({ functionName: 'logging', traceParent: trace });
    const { invocationId: id } = found;
    const log = await until('the end of the run', () =>
      host.output().includes(`Executed 'Functions.logging' (Succeeded, Id=${id}`)
        ? host.output()
        : undefined,
    );
    expect(log).toContain(
      `Executing 'Functions.logging' (Reason='This function was programmatically called via the host APIs.', Id=${id})`,
    );
    expect(log).toMatch(/^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] plain entry$/m);
    expect(log).toMatch(/warned \{ of: 1 \}/);
    expect(log).not.toContain('below the level');
  });

  it('lists the functions as Core Tools does, without disabled ones', () => {
    expect(host.output()).toContain(
      `\nFunctions:\n\n\tanswer: [GET,HEAD] http://localhost:${String(host.port)}/api/answer\n`,
    );
    expect(host.output()).toContain('\tbyHand: activityTrigger\n');
    expect(host.output()).not.toContain('\toff:');
  });
});

describe('the admin API', () => {
  it('returns the state and the functions', async () => {
    expect(await described('/admin/host/status')).toMatchObject({
      state: 'Running',
      version: expect.stringMatching(/^4\./) as unknown,
    });
    const functions = JSON.parse((await get('/admin/functions')).text) as {
      name: string;
      invoke_url_template: string | null;
    }[];
    expect(functions).toContainEqual(
      expect.objectContaining({
        name: 'whole',
        invoke_url_template: `http://localhost:${String(host.port)}/api/things/{id:int}`,
      }),
    );
    expect(functions.map(({ name }) => name)).not.toContain('off');
  });

  it('runs a function that has no HTTP trigger', async () => {
    const response = await get('/admin/functions/byHand', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: 'seven' }),
    });
    expect(response.status).toBe(202);
    await until('the run', () => (host.output().includes('by hand: seven') ? true : undefined));
    expect((await get('/admin/functions/unknown', { method: 'POST' })).status).toBe(404);
    expect((await get('/admin/functions/echo', { method: 'POST' })).status).toBe(400);
  });
});
