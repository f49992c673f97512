import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemSchema } from '../../shared/contracts/problem.ts';
import { openApiDocument } from '../openApiDocument.ts';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { aMigration, taken } from '../shared/storage/sampleRows.ts';
import { type AttackedApp, attackedApp } from './attackedApp.ts';
import { user } from './rightRequests.ts';

let app: AttackedApp<MemoryStores>;
beforeAll(async () => {
  app = await attackedApp({ stores: createMemoryStores() });
  await app.stores.migrations.accept(taken(aMigration('m-one', { phase: 'running' })));
});
afterAll(() => app.close());

/** Every route that takes a body, as the document has it. */
const routes = Object.entries(openApiDocument().paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { requestBody }]) =>
    requestBody === undefined
      ? []
      : [
          [
            method.toUpperCase(),
            `/api${path.replace('{id}', 'm-one').replace('{taskId}', user(1))}`,
          ] as const,
        ],
  ),
);

it('there are sixteen routes that take a body', () => {
  expect(routes).toHaveLength(16);
});

it.each(routes)(
  '%s %s answers 411 to a body in chunks, which the platform does not hand over, and does nothing',
  async (method, path) => {
    const chunked = { 'transfer-encoding': 'chunked', 'content-type': 'application/json' };
    for (const body of [JSON.stringify({ by: 'ana@fabrikam.com', reason: 'because' }), '']) {
      const answer = await app.send({ method, path, headers: chunked, body });
      expect(answer.status).toBe(411);
      const problem = problemSchema.parse(JSON.parse(answer.text));
      expect(problem).toMatchObject({ code: 'lengthRequired', title: 'Length Required' });
      expect(problem.detail).toContain('Content-Length');
    }
    expect((await app.stores.commands.readLog('m-one')).commands).toEqual([]);
    expect(await app.stores.freezes.current()).toBeNull();
  },
);

it('the same command with a length, or without a body, is taken', async () => {
  expect(
    (
      await app.send({
        method: 'POST',
        path: '/api/migrations/m-one/cancel',
        body: '{"reason":"because"}',
      })
    ).status,
  ).toBe(202);
  expect(
    (
      await app.send({
        method: 'POST',
        path: '/api/migrations/m-one/cancel',
        headers: { 'content-length': '0' },
      })
    ).status,
  ).toBe(202);
});
