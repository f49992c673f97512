import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvocationContext } from '@azure/functions';
import type { DurableClient, OrchestrationContext } from 'durable-functions';
import { afterEach, expect, it } from 'vitest';
import { statusOf } from '../../functions/statusOf.ts';
import { df, openEngine } from '../local/host/durable/engineHarness.ts';

df.app.orchestration('waits', function* (context: OrchestrationContext) {
  yield context.df.waitForExternalEvent('go');
});
df.app.orchestration('fails', function* (context: OrchestrationContext) {
  yield context.df.createTimer(context.df.currentUtcDateTime);
  throw new Error('a bug');
});
df.app.orchestration('ends', function* (context: OrchestrationContext) {
  yield context.df.createTimer(context.df.currentUtcDateTime);
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** The library's own client of the durable host. */
async function openClient(): Promise<{ readonly engine: Awaited<ReturnType<typeof openEngine>>; readonly client: DurableClient; readonly closeServer: () => Promise<void> }> {
  const engine = await openEngine();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    void engine.host
      .handle({ method: request.method ?? '', path: url.pathname.slice('/rpc/'.length), query: url.searchParams, headers: {}, body: '', base: `http://${String(request.headers.host)}/rpc`, systemKey: 'key' })
      .then((answer) => response.writeHead(answer.status, answer.headers).end(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const closeServer = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => {
        resolve();
      });
    });
  closing.push(closeServer, () => engine.stop());
  const base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const binding = df.input.durableClient();
  const context = new InvocationContext({ functionName: 'any', options: { extraInputs: [binding] } });
  context.extraInputs.set(binding, JSON.parse(engine.host.clientPayload({ publicBase: `${base}/public`, rpcBase: `${base}/rpc`, systemKey: 'key' })));
  return { engine, client: df.getClient(context), closeServer };
}

it('tells what runs from what has ended and what is not there, and throws where Durable does not say', async () => {
  const { engine, client, closeServer } = await openClient();
  for (const name of ['waits', 'fails', 'ends']) await engine.start(name, undefined, `i-${name}`);
  await engine.start('waits', undefined, 'i-terminated');
  await engine.start('waits', undefined, 'i-suspended');
  await engine.settle();
  await engine.call('POST', 'instances/i-terminated/terminate?reason=mistake');
  await engine.call('POST', 'instances/i-suspended/suspend?reason=wait');
  await engine.settle();
  const states = await Promise.all(['waits', 'suspended', 'fails', 'ends', 'terminated', 'none'].map((name) => statusOf(client, `i-${name}`)));
  expect(states).toEqual(['alive', 'alive', 'ended', 'ended', 'ended', 'missing']);
  await closeServer();
  await expect(statusOf(client, 'i-waits')).rejects.toThrow();
});
