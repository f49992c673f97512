import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import {
  df,
  type EngineUnderTest,
  openEngine,
} from '../../local/functions-host/test/durable/engineHarness.ts';

/** An engine with all functions that the test file has registered, and the library's own client of it over HTTP. */
export interface OpenClient {
  readonly engine: EngineUnderTest;
  readonly client: DurableClient;
  /** From here on nobody answers the client. */
  readonly closeServer: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function openClient(): Promise<OpenClient> {
  const engine = await openEngine();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    void text(request)
      .then((body) =>
        engine.host.handle({
          method: request.method ?? '',
          path: url.pathname.slice('/rpc/'.length),
          query: url.searchParams,
          headers,
          body,
          base: `http://${String(request.headers.host)}/rpc`,
          systemKey: 'key',
        }),
      )
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
  const base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const binding = df.input.durableClient();
  const context = new InvocationContext({
    functionName: 'any',
    options: { extraInputs: [binding] },
  });
  context.extraInputs.set(
    binding,
    JSON.parse(
      engine.host.clientPayload({
        publicBase: `${base}/public`,
        rpcBase: `${base}/rpc`,
        systemKey: 'key',
      }),
    ),
  );
  return {
    engine,
    client: df.getClient(context),
    closeServer,
    close: async () => {
      await closeServer();
      await engine.stop();
    },
  };
}
