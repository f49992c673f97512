import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { aBatch, aMigration, aTask, taken } from '../shared/storage/sampleRows.ts';
import { answerFault } from './answerFault.ts';
import { type AttackedApp, attackedApp, maxRequestBytes } from './attackedApp.ts';
import { changed, hostileBody, hostileName, hostileText, placesIn, replacedAt } from './hostile.ts';
import { sharePointRequest, user, usersRequest } from './rightRequests.ts';
import type { Shot } from './send.ts';

let app: AttackedApp<MemoryStores>;
const prototypeMembers = Reflect.ownKeys(Object.prototype).length;
beforeAll(async () => {
  app = await attackedApp({ stores: createMemoryStores() });
  await app.stores.migrations.accept(taken(aMigration('m-one', { phase: 'running' })));
  await app.stores.batches.insertMissing([aBatch('m-one', 'b001')]);
  await app.stores.tasks.insertMissing([aTask('m-one', 'b001', 1)]);
});
afterAll(() => app.close());

/** Sends and says what is wrong with the answer, or with the app after it. */
async function shotFault(shot: Shot): Promise<string | undefined> {
  const answer = await app.send(shot);
  const faults = app.faults();
  return (
    answerFault(answer) ??
    faults[0] ??
    (Reflect.ownKeys(Object.prototype).length === prototypeMembers
      ? undefined
      : 'a prototype has gained members')
  );
}
const withstands = (shots: fc.Arbitrary<Shot>, numRuns: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(shots, async (shot) => {
      expect(await shotFault(shot)).toBeUndefined();
    }),
    { numRuns },
  );
const placed = (template: string, id: string, taskId: string): string =>
  `/${template.replace('{id}', id).replace('{rejectionId}', id).replace('{taskId}', taskId)}`;
const writes = (): Shot[] =>
  app.functions
    .filter(({ methods }) => !methods.includes('GET'))
    .map(({ methods, template }) => ({
      method: methods[0] ?? 'POST',
      path: placed(template, 'm-one', user(1)),
    }));

describe('a hostile body', () => {
  it('of any kind is refused on every route that takes one', async () => {
    await withstands(
      fc
        .tuple(fc.constantFrom(...writes()), hostileBody)
        .map(([shot, body]) => ({ ...shot, body })),
      400,
    );
  });

  it('that is a right request but for one thing is taken or refused', async () => {
    const bodies = fc.oneof(changed(usersRequest), changed(sharePointRequest));
    await withstands(
      bodies.map((body) => ({ method: 'POST', path: '/api/migrations', body })),
      400,
    );
  });

  it('that is a right command but for one thing is taken or refused', async () => {
    const commands = {
      by: 'ana@fabrikam.com',
      reason: 'why',
      completeAfterDateTime: '2027-11-20T08:00:00Z',
      continueWithout: true,
      users: [user(9)],
      taskType: 'users',
      currentStatus: [{ service: 'Teams', status: 'valid', message: 'm' }],
      confirmName: 'm-one',
    };
    await withstands(
      fc
        .tuple(fc.constantFrom(...writes()), changed(commands))
        .map(([shot, body]) => ({ ...shot, body })),
      300,
    );
  });

  it.each([
    ['users', usersRequest],
    ['sharePoint', sharePointRequest],
  ] as const)(
    'with a wrong type at any place of a request for %s is refused with its fields',
    async (_, right) => {
      for (const place of placesIn(right)) {
        for (const text of [
          'null',
          '0',
          '1.5',
          '1e400',
          'true',
          '""',
          '"\\ud800"',
          '"\\u0000"',
          '[]',
          '[[]]',
          '{}',
          '{"__proto__":1}',
        ]) {
          const answer = await app.send({
            method: 'POST',
            path: '/api/migrations',
            body: replacedAt(right, place, text),
          });
          const what = `${place.join('.')} = ${text}`;
          expect([what, answerFault(answer), app.faults()]).toEqual([what, undefined, []]);
          if (answer.status === 400) expect(answer.text).toMatch(/"errors":\[\{"path"/);
        }
      }
    },
  );

  it('above the cap is refused before anybody reads it as JSON', async () => {
    for (const shot of writes().filter(({ path }) => !path.includes('/rejections/'))) {
      const answer = await app.send({ ...shot, body: '{'.repeat(maxRequestBytes + 1) });
      expect([shot.path, answer.status, answer.text]).toEqual([
        shot.path,
        400,
        expect.stringContaining('"requestTooLarge"') as string,
      ]);
    }
  });
});

it('a right request that comes many times at once is one migration, and every answer says so', async () => {
  const body = JSON.stringify({ ...usersRequest, name: 'at-once' });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => app.send({ method: 'POST', path: '/api/migrations', body })),
  );
  expect([answers.map(({ status }) => status), app.faults()]).toEqual([answers.map(() => 202), []]);
  expect(new Set(answers.map(({ headers }) => headers['location'])).size).toBe(1);
});

/** Whether a URL parser resolves a part of the text as `.` or `..`, so that the address becomes another one. Both may be percent-encoded. */
function hasDotSegment(text: string): boolean {
  return text.split(/[/\\]/).some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
}

describe('a hostile path', () => {
  const anyPath = fc
    .tuple(hostileText, fc.constantFrom('once', 'twice', 'slashes', 'raw'))
    .map(([text, how]) => {
      const once = encodeURIComponent(text.toWellFormed());
      if (how === 'twice') return encodeURIComponent(once);
      if (how === 'slashes') return `..%2f${once}%5c..`;
      return how === 'once' ? once : text.replaceAll(/[^!-~]/g, '').slice(0, 5_000);
    });
  // A raw question mark begins a query, and the response names a parameter that is not known.
  const encoded = anyPath.filter((text) => !text.includes('?'));
  // What stays where it was put, so that the answer is known.
  const inPlace = encoded.filter((text) => !text.includes('#') && !hasDotSegment(text));

  // The host itself refuses a zero byte.
  const statusOfNone = (id: string): number => (id.includes('%00') ? 400 : 404);

  it('reaches nothing, wherever a route has a name in it', async () => {
    const shots = fc
      .tuple(
        fc.constantFrom(...app.functions.filter(({ template }) => template.includes('{'))),
        encoded,
        encoded,
      )
      .map(([{ methods, template }, id, taskId]) => ({
        method: methods[0] ?? 'GET',
        path: placed(template, id, taskId),
      }));
    await withstands(shots, 400);
    await fc.assert(
      fc.asyncProperty(
        inPlace.filter((id) => id !== ''),
        async (id) => {
          expect((await app.send({ path: `/api/migrations/${id}/tasks` })).status).toBe(
            statusOfNone(id),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it('to a task that is none reaches nothing', async () => {
    await fc.assert(
      fc.asyncProperty(inPlace, async (taskId) => {
        const answer = await app.send({
          method: 'POST',
          path: `/api/migrations/m-one/tasks/${taskId}/cancel`,
          body: '{}',
        });
        expect([answer.status, answerFault(answer)]).toEqual([statusOfNone(taskId), undefined]);
      }),
      { numRuns: 100 },
    );
  });

  it('that is not percent-encoded as it should be is refused, by the host’s own API as well', async () => {
    for (const path of [
      '/api/%zz',
      '/admin/%zz',
      '/admin/functions/%',
      '/%',
      '/api/migrations/%c0%80',
    ])
      expect([path, await shotFault({ path })]).toEqual([path, undefined]);
  });

  it('that is longer than any address is refused', async () => {
    expect(await shotFault({ path: `/api/migrations/${'a'.repeat(15_000)}` })).toBeUndefined();
  });
});

describe('a hostile query', () => {
  const lists = (): string[] =>
    app.functions
      .filter(({ methods }) => methods.includes('GET'))
      .map(({ template }) => placed(template, 'm-one', user(1)));
  const names = fc.oneof(
    fc.constantFrom(
      'pageSize',
      'continuationToken',
      'batchId',
      'outcome',
      'errorCode',
      'whoCanFix',
      'retry',
      'code',
    ),
    hostileName.filter((name) => name.length < 100),
  );
  const values = fc.oneof(
    fc.constantFrom(
      '1',
      '-1',
      '1e3',
      '0x10',
      '9'.repeat(400),
      'W10',
      'WzEsIm1pZ3JhdGlvbnMiLCJ4Il0',
      'b001',
      'pending',
    ),
    hostileText,
  );

  it('is refused or answered, on every route', async () => {
    const queries = fc
      .array(fc.tuple(names, values), { maxLength: 4 })
      .map((members) =>
        members
          .map(
            ([name, value]) =>
              `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`,
          )
          .join('&'),
      );
    await withstands(
      fc
        .tuple(
          fc.constantFrom(...lists()),
          fc.oneof(
            queries,
            hostileName.map((text) => text.replaceAll(/[^!-~]/g, '')),
          ),
        )
        .map(([path, query]) => ({ path: `${path}?${query}` })),
      300,
    );
  });
});

describe('a hostile header', () => {
  const wire = hostileText.map((text) =>
    Buffer.from(text.toWellFormed())
      .toString('latin1')
      .replaceAll(/[\x00-\x08\x0a-\x1f\x7f]/g, ''),
  );
  const principal = fc.oneof(
    wire,
    hostileText.map((text) =>
      Buffer.from(
        JSON.stringify({
          claims: [
            { typ: 'roles', val: text },
            { typ: text, val: text },
            { typ: 'upn', val: text },
          ],
        }),
      ).toString('base64'),
    ),
  );

  it('of any name breaks nothing', async () => {
    const headers = fc.oneof(
      fc.tuple(
        fc.constantFrom(
          'idempotency-key',
          'x-functions-key',
          'accept',
          'content-type',
          'if-none-match',
          'traceparent',
          'x-forwarded-host',
          'cookie',
          'constructor',
          '__proto__',
          'to-string',
        ),
        wire,
      ),
      fc.tuple(fc.constantFrom('x-ms-client-principal', 'x-ms-client-principal-name'), principal),
      fc.tuple(
        fc.constant('host'),
        fc.oneof(fc.constantFrom('', 'u:p@h', 'h:99999', '[::1', 'a b', 'h/p', 'h?x', 'h#x'), wire),
      ),
    );
    const routes = app.functions.map(({ methods, template }) => ({
      method: methods[0] ?? 'GET',
      path: placed(template, 'm-one', user(1)),
    }));
    const shots = fc
      .tuple(fc.constantFrom(...routes), fc.array(headers, { minLength: 1, maxLength: 3 }))
      .map(([shot, pairs]) => ({
        ...shot,
        headers: Object.fromEntries(pairs),
        ...(shot.method === 'GET' ? {} : { body: '{"by":"x"}' }),
      }));
    await withstands(shots, 300);
  });

  it('as a key of a request is taken when it is visible ASCII, and refused by name when it is not', async () => {
    await fc.assert(
      fc.asyncProperty(
        wire,
        fc.constantFrom('/api/migrations', '/api/migrations/m-one/pause'),
        async (key, path) => {
          const sent = key.trim();
          const answer = await app.send({
            method: 'POST',
            path,
            headers: { 'idempotency-key': key },
            body:
              path === '/api/migrations'
                ? JSON.stringify({ ...usersRequest, name: 'keyed' })
                : '{}',
          });
          const usable = /^[\x21-\x7e]{1,128}$/.test(sent);
          expect([
            answerFault(answer),
            answer.status === 400 && answer.text.includes('"path":"Idempotency-Key"'),
          ]).toEqual([undefined, !usable]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('about who calls is not believed where keys open the door', async () => {
    const claims = {
      claims: [
        { typ: 'preferred_username', val: 'root@fabrikam.com' },
        { typ: 'roles', val: 'Migrations.Submit' },
      ],
    };
    const headers = {
      'x-ms-client-principal': Buffer.from(JSON.stringify(claims)).toString('base64'),
      'x-ms-client-principal-name': 'root@fabrikam.com',
    };
    await app.send({
      method: 'POST',
      path: '/api/migrations/m-one/pause',
      headers,
      body: '{"by":"ana@fabrikam.com"}',
    });
    const { commands } = await app.stores.commands.readLog('m-one');
    expect(commands.map(({ by }) => by)).toContain('ana@fabrikam.com');
    expect(commands.map(({ by }) => by)).not.toContain('root@fabrikam.com');
  });
});
