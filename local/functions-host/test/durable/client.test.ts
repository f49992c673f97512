import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { InvocationContext } from '@azure/functions';
import type { DurableClient, OrchestrationContext } from 'durable-functions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { df, type EngineUnderTest, openEngine } from './engineHarness.ts';

df.app.orchestration('echoes', function* (context: OrchestrationContext) {
  const first: unknown = yield context.df.waitForExternalEvent('go');
  return { input: context.df.getInput(), first, version: context.df.version };
});
df.app.orchestration('atOnce', function* (context: OrchestrationContext) {
  yield context.df.callActivity('nothing');
  return context.df.getInput();
});
df.app.activity('nothing', { handler: () => undefined });

let engine: EngineUnderTest;
let server: Server;
/**
 * The library's own client over HTTP, once with the RPC base and once with the public addresses.
 */
const clients: Record<string, DurableClient> = {};

beforeAll(async () => {
  engine = await openEngine({ settings: { defaultVersion: '3.1' } });
  server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '', 'http://localhost');
      const root = url.pathname.startsWith('/rpc/') ? '/rpc' : '/public';
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const base = `http://${String(request.headers.host)}${root}`;
      const result = await engine.host.handle({
        method: request.method ?? '',
        path: url.pathname.slice(root.length + 1),
        query: url.searchParams,
        headers,
        body: await text(request),
        base,
        systemKey: 'key',
      });
      response.writeHead(result.status, result.headers).end(result.body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  process.env['WEBSITE_HOSTNAME'] = `127.0.0.1:${String(port)}`;
  const payload = engine.host.clientPayload({
    publicBase: `http://127.0.0.1:${String(port)}/public`,
    rpcBase: `http://127.0.0.1:${String(port)}/rpc`,
    systemKey: 'key',
  });
  const publicOnly = JSON.stringify({ ...(JSON.parse(payload) as object), rpcBaseUrl: undefined });
  clients['RPC base'] = clientOf(payload);
  clients['public addresses'] = clientOf(publicOnly);
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await engine.stop();
});

function clientOf(payload: string): DurableClient {
  const binding = df.input.durableClient();
  const context = new InvocationContext({
    functionName: 'any',
    options: { extraInputs: [binding] },
  });
  context.extraInputs.set(binding, JSON.parse(payload));
  return df.getClient(context);
}

describe.each(['RPC base', 'public addresses'])('the library’s client with the %s', (addresses) => {
  const client = (): DurableClient => {
    const found = clients[addresses];
    if (found === undefined) throw new Error(addresses);
    return found;
  };
  const start = async (): Promise<string> => {
    const id = await client().startNew('echoes', { input: { a: 1 }, version: '3.0' });
    await engine.host.idle();
    return id;
  };
  const statusOf = async (id: string): Promise<string> =>
    (await client().getStatus(id)).runtimeStatus;

  it('starts, signals, and reads the result', async () => {
    const id = await start();
    expect(await statusOf(id)).toBe('Running');
    await client().raiseEvent(id, 'go', ['x']);
    await engine.host.idle();
    const status = await client().getStatus(id, {
      showHistory: true,
      showHistoryOutput: true,
      showInput: true,
    });
    expect(status).toMatchObject({
      name: 'echoes',
      instanceId: id,
      runtimeStatus: 'Completed',
      input: { a: 1 },
      output: { input: { a: 1 }, first: ['x'], version: '3.0' },
    });
    // The library treats an event for an ended instance as delivered.
    await expect(client().raiseEvent(id, 'go', 1)).resolves.toBeUndefined();
  });

  it('accepts a falsy input', async () => {
    for (const input of [0, false, '', null]) {
      const id = await client().startNew('atOnce', { input });
      await engine.host.idle();
      expect((await client().getStatus(id)).output).toBe(input);
    }
  });

  it('suspends, resumes, terminates and purges', async () => {
    const id = await start();
    await client().suspend(id, 'pause');
    await engine.host.idle();
    expect(await client().getStatus(id)).toMatchObject({
      runtimeStatus: 'Suspended',
      output: 'pause',
    });
    await client().resume(id, 'on');
    await engine.host.idle();
    expect(await statusOf(id)).toBe('Running');
    await client().terminate(id, 'enough');
    await engine.host.idle();
    expect(await client().getStatus(id)).toMatchObject({
      runtimeStatus: 'Terminated',
      output: 'enough',
    });
    expect(await client().purgeInstanceHistory(id)).toEqual({ instancesDeleted: 1 });
    await expect(client().getStatus(id)).rejects.toThrow(/404/);
    expect(await client().purgeInstanceHistory(id)).toEqual({ instancesDeleted: 0 });
  });

  it('refuses the id of a running instance, and a rewind with the reason', async () => {
    const id = await start();
    await expect(client().startNew('echoes', { instanceId: id })).rejects.toThrow(/already exists/);
    await expect(client().rewind(id, 'why')).rejects.toThrow(
      'This host cannot rewind an instance. Restart it instead',
    );
    await expect(client().raiseEvent('none', 'go', 1)).rejects.toThrow(
      "No instance with ID 'none' found.",
    );
    await client().terminate(id, 'end');
  });

  it('reads every page of a long list', async () => {
    const ids = await Promise.all(
      Array.from({ length: 150 }, (_, n) =>
        client().startNew('atOnce', {
          instanceId: `${addresses.slice(0, 3)}-${String(n)}`,
          input: n,
        }),
      ),
    );
    await engine.host.idle();
    const found = (
      await client().getStatusBy({ runtimeStatus: [df.OrchestrationRuntimeStatus.Completed] })
    ).map(({ instanceId }) => instanceId);
    expect(ids.filter((id) => !found.includes(id))).toEqual([]);
    expect(new Set(found).size).toBe(found.length);
    expect(
      await client().purgeInstanceHistoryBy({
        createdTimeFrom: new Date(0),
        runtimeStatus: [df.OrchestrationRuntimeStatus.Completed],
      }),
    ).toEqual({ instancesDeleted: found.length });
    expect(
      (await client().getStatusAll()).filter(
        ({ runtimeStatus }) => runtimeStatus === df.OrchestrationRuntimeStatus.Completed,
      ),
    ).toEqual([]);
  });
});
