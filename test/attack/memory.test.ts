import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HttpRequest } from '@azure/functions';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { problemSchema } from '../../shared/contracts/problem.ts';
import { readBody } from '../../shared/http/parseRequest.ts';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { answerFault } from './answerFault.ts';
import { type AttackedApp, attackedApp } from './attackedApp.ts';
import { sharePointRequest, user, usersRequest } from './rightRequests.ts';

const cap = 10_485_760;
let app: AttackedApp<MemoryStores>;
let collect: () => void;
beforeAll(async () => {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  collect = () => {
    if (typeof gc === 'function') Reflect.apply(gc, undefined, []);
  };
  app = await attackedApp({ stores: createMemoryStores(), maxRequestBytes: cap });
});
afterAll(() => app.close());

const heapBytes = (): number => {
  collect();
  return process.memoryUsage().heapUsed;
};
const many = <T>(count: number, item: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => item(n));

const large: readonly (readonly [string, string])[] = [
  ['100,000 wrong users', JSON.stringify({ ...usersRequest, users: many(100_000, () => 0) })],
  [
    'one user 100,000 times',
    JSON.stringify({ ...usersRequest, users: many(100_000, () => user(1)) }),
  ],
  [
    'more users than a request may have',
    JSON.stringify({ ...usersRequest, users: many(1_000_000, () => 0) }),
  ],
  [
    '100,000 workloads',
    JSON.stringify({ ...usersRequest, workloads: many(100_000, () => 'Mail') }),
  ],
  [
    '100,000 SharePoint tasks',
    JSON.stringify({ ...sharePointRequest, tasks: many(100_000, () => ({})) }),
  ],
  [
    '100,000 wrong mappings',
    JSON.stringify({
      ...sharePointRequest,
      identityMappings: { users: many(100_000, () => 0), groups: many(100_000, () => 0) },
    }),
  ],
  [
    '100,000 unknown members',
    JSON.stringify(Object.fromEntries(many(100_000, (n) => [`member${String(n)}`, n]))),
  ],
  ['lists a million deep', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`],
  [
    'a text of nine million characters',
    JSON.stringify({
      ...usersRequest,
      name: 'x'.repeat(9_000_000),
      requestedBy: 'a@'.repeat(100_000),
    }),
  ],
  ['a name of nine million characters', JSON.stringify({ ['x'.repeat(9_000_000)]: 1 })],
];

it.each(large)('a body with %s gets a short answer', async (_, body) => {
  const answer = await app.send({ method: 'POST', path: '/api/migrations', body });
  expect([answerFault(answer), app.faults()]).toEqual([undefined, []]);
  expect(answer.status).toBe(400);
  const { errors = [] } = problemSchema.parse(JSON.parse(answer.text));
  expect(errors.length).toBeGreaterThan(0);
  expect(errors.length).toBeLessThanOrEqual(1_001);
});

it('bodies that are refused leave nothing behind, however many come', async () => {
  const [, wrongUsers] = large[0] ?? ['', ''];
  const small = JSON.stringify({
    ...usersRequest,
    users: many(200, (n) => (n % 2 === 0 ? user(n) : 'x')),
    colour: 'blue',
  });
  const runCommandId = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      const answer = await app.send({
        method: 'POST',
        path: n % 3 === 0 ? '/api/migrations/m-none/cancel' : '/api/migrations',
        headers: { 'idempotency-key': `k${String(n)}` },
        body: small,
      });
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
    await app.send({ method: 'POST', path: '/api/migrations', body: wrongUsers });
    app.faults();
  };
  await runCommandId(300);
  const before = heapBytes();
  await runCommandId(900);
  expect(heapBytes() - before).toBeLessThan(5_000_000);
});

it('a body that never ends is read to the cap and no further', async () => {
  let chunks = 0;
  const chunk = new Uint8Array(65_536);
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      chunks += 1;
      controller.enqueue(chunk);
    },
  });
  const request = new HttpRequest({ method: 'POST', url: 'http://app/api/migrations' });
  const result = await readBody(
    { headers: request.headers, body: z.custom<HttpRequest['body']>().parse(body) },
    1_000_000,
  );
  expect(result).toMatchObject({ ok: false, code: 'requestTooLarge' });
  expect(chunks * chunk.byteLength).toBeLessThan(1_200_000);
});
