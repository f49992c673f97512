import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiDocument } from '../openApiDocument.ts';
import { createStores } from '../../shared/storage/azureStores.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import { answerCheck } from '../e2e/answerCheck.ts';
import { type AttackedApp, attackedApp } from './attackedApp.ts';
import { usersRequest } from './rightRequests.ts';
import type { Answer } from './send.ts';

const key = Buffer.from('no key opens anything here').toString('base64');
const check = answerCheck(JSON.parse(JSON.stringify(openApiDocument())));

let app: AttackedApp<Stores>;
let port = 0;
beforeAll(async () => {
  // A port that nobody listens at, until a test does.
  const found = createTcpServer();
  await new Promise<void>((resolve) => found.listen(0, '127.0.0.1', resolve));
  const address = found.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  await new Promise((resolve) => found.close(resolve));
  const endpoints = ['Blob', 'Queue', 'Table']
    .map((service) => `${service}Endpoint=http://127.0.0.1:${String(port)}/ferrystore`)
    .join(';');
  app = await attackedApp({
    stores: createStores({
      kind: 'connectionString',
      connectionString: `DefaultEndpointsProtocol=http;AccountName=ferrystore;AccountKey=${key};${endpoints}`,
    }),
  });
});
afterAll(() => app.close());

/** Storage that answers everything so. */
const answering =
  (status: number, code: string, headers: Record<string, string> = {}) =>
  async (): Promise<() => Promise<unknown>> => {
    const server: Server = createServer((_, response) =>
      response
        .writeHead(status, {
          'x-ms-error-code': code,
          'content-type': 'application/xml',
          ...headers,
        })
        .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`),
    );
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
  };

/** Storage that takes connections and says nothing. */
async function blackHole(): Promise<() => Promise<unknown>> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
}

const outages: Readonly<Record<string, () => Promise<() => Promise<unknown>>>> = {
  'refuses connections': () => Promise.resolve(() => Promise.resolve()),
  'takes connections and never answers': blackHole,
  'is busy and asks for two minutes': answering(503, 'ServerBusy', { 'retry-after': '120' }),
  'refuses the app': answering(403, 'AuthorizationFailure'),
  'is an account that was disabled': answering(403, 'AccountIsDisabled'),
  fails: answering(500, 'InternalError'),
};

async function ask(name: string): Promise<{
  readonly name: string;
  readonly seconds: number;
  readonly answer: Answer;
  readonly path: string;
  readonly method: string;
}> {
  const found = app.functions.find((one) => one.name === name);
  const method = found?.methods[0] ?? 'GET';
  const path = `/${(found?.template ?? '').replace('{id}', 'm-one').replace('{taskId}', 'aaaaaaaa-0000-4000-8000-000000000001').replace('{rejectionId}', 'r-1')}`;
  const startMs = performance.now();
  const answer = await app.send({
    method,
    path,
    ...(method === 'GET'
      ? {}
      : {
          body: JSON.stringify(name === 'createMigration' ? usersRequest : {}),
          headers: { 'content-type': 'application/json' },
        }),
  });
  return { name, seconds: (performance.now() - startMs) / 1_000, answer, path, method };
}

describe.each(Object.entries(outages))('storage that %s', (_, begin) => {
  it(
    'is told of by every route within ten seconds, as 503 with Retry-After and without its words',
    { timeout: 60_000 },
    async () => {
      const end = await begin();
      try {
        // No more than the client has connections: the rest would wait there.
        const groups = [app.functions.slice(0, 12), app.functions.slice(12)];
        const answers = [];
        for (const group of groups)
          answers.push(...(await Promise.all(group.map(({ name }) => ask(name)))));
        for (const { name, seconds, answer, path, method } of answers) {
          expect([name, seconds < 10]).toEqual([name, true]);
          if (name === 'getOpenApi' || name === 'healthLive') {
            expect(answer.status).toBe(200);
            continue;
          }
          expect([name, answer.status, answer.text]).toEqual([
            name,
            503,
            expect.stringMatching(/storage/),
          ]);
          expect(answer.text).not.toMatch(
            /ferrystore|127\.0\.0\.1|ECONN|ServerBusy|Authorization|RestError| at /,
          );
          expect([
            name,
            check({
              method,
              path: path.slice('/api'.length),
              status: answer.status,
              headers: new Headers({
                'content-type': String(answer.headers['content-type']),
                'retry-after': String(answer.headers['retry-after'] ?? 10),
              }),
              body: answer.text,
            }),
          ]).toEqual([name, []]);
          // Health tells it in its own form.
          if (name === 'health') continue;
          expect([name, answer.headers['retry-after'], JSON.parse(answer.text)]).toEqual([
            name,
            '10',
            expect.objectContaining({ code: 'storageUnavailable', status: 503 }),
          ]);
        }
        expect(app.faults()).toEqual([]);
      } finally {
        await end();
      }
    },
  );
});
