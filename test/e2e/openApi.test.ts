import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiDocument } from '../openApiDocument.ts';
import { startTestStack, type TestStack } from './testStack.ts';
import { userId, usersRequest } from './usersRequest.ts';

let running: TestStack;
let known: string;
beforeAll(async () => {
  running = await startTestStack();
  known = await running.api.postMigration(JSON.stringify(usersRequest('documented', 950, 2)));
}, 120_000);
afterAll(() => running.stop(), 60_000);

const operations = Object.entries(openApiDocument().paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
);
const ofMigrations = operations.filter(({ path }) => path.includes('{id}'));
const reads = operations.filter(
  ({ method, path }) => method === 'GET' && !path.replace('{id}', '').includes('{'),
);

/** Any answer that is not as documented is an error of `running.fetch`. */
const ask = (method: string, path: string, id: string): Promise<Response> =>
  running.fetch(
    `${running.stack.apiUrl}${path.replace('{id}', id).replaceAll(/\{\w+\}/g, userId(950, 99))}`,
    { method },
  );

describe('the OpenAPI document', () => {
  it('is given without a key, and once only to who keeps it', async () => {
    const url = `${running.stack.apiUrl}/openapi.json`;
    const first = await running.fetch(url);
    expect(await first.json()).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
    const second = await running.fetch(url, {
      headers: { 'if-none-match': first.headers.get('etag') ?? '' },
    });
    expect([second.status, await second.text()]).toEqual([304, '']);
  });

  it.each(reads)('has $method $path as it is answered', async ({ method, path }) => {
    expect((await ask(method, path, known)).status).toBe(200);
  });

  it.each(ofMigrations)(
    'has the refusal of $method $path for a migration that is not there',
    async ({ method, path }) => {
      expect((await ask(method, path, 'nobody-0000000000')).status).toBe(404);
    },
  );
});
