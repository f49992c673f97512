import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Stores } from '../../shared/storage/stores.ts';
import { aBatch, aMigration, aRequest, aTask, taken } from '../shared/storage/sampleRows.ts';
import { answerFault } from './answerFault.ts';
import type { AttackedApp } from './attackedApp.ts';
import { hostileText } from './hostile.ts';
import { user } from './rightRequests.ts';
import type { Answer } from './send.ts';

const listSchema = z.looseObject({ value: z.array(z.unknown()), nextLink: z.string().optional() });
const tokenOf = (answer: Answer): string => {
  const { nextLink } = listSchema.parse(JSON.parse(answer.text));
  return new URL(nextLink ?? 'http://none').searchParams.get('continuationToken') ?? '';
};

// Ids of which one begins like the other, so that a range that is drawn too wide shows.
const [one, other] = ['m-a', 'm-a-1'] as const;
// In whatever rows a migration has.
const marks = { [one]: 'markerone', [other]: 'markerother' } as const;

async function fill(
  stores: Stores,
  id: typeof one | typeof other,
  firstUser: number,
): Promise<void> {
  const mark = marks[id];
  await stores.migrations.accept(
    taken(
      aMigration(id, {
        name: mark,
        phase: 'running',
        requestedBy: `${mark}@fabrikam.com`,
        approvalHours: 24,
        batchCount: 2,
      }),
      aRequest(mark, [user(firstUser + 1)]),
    ),
  );
  await stores.batches.insertMissing(
    ['b001', 'b002'].map((batchId) => ({
      ...aBatch(id, batchId),
      message: mark,
      phase: 'held' as const,
    })),
  );
  const services = [
    {
      service: 'Teams',
      status: 'failed',
      message: mark,
      errors: [{ code: 'CTTM-005', message: mark }],
    },
  ];
  await stores.tasks.insertMissing(
    [1, 2, 3].map((n) =>
      aTask(id, n === 3 ? 'b002' : 'b001', firstUser + n, {
        sourceUserPrincipalName: `${mark}@contoso.com`,
        services,
      }),
    ),
  );
  for (const n of [1, 2, 3])
    await stores.audit.append(id, {
      eventId: `e${String(n)}`,
      type: 'marked',
      at: '2026-11-20T08:00:00.000Z',
      by: `${mark}@fabrikam.com`,
      batchId: null,
      jobId: null,
      taskId: null,
      detail: mark,
    });
}

/** Nothing of one migration can be reached through another's id, whatever the stores lie in. */
export function isolationSuite(open: () => Promise<AttackedApp<Stores>>, numRuns: number): void {
  describe('with two migrations in the stores', () => {
    let app: AttackedApp<Stores>;
    beforeAll(async () => {
      app = await open();
      await fill(app.stores, one, 100);
      await fill(app.stores, other, 200);
    });
    afterAll(() => app.close());

    const reads = (id: string): string[] => [
      `/api/migrations/${id}`,
      ...['tasks', 'commands', 'events'].map((list) => `/api/migrations/${id}/${list}`),
    ];
    const writes = (id: string, taskId: string) =>
      app.functions
        .filter(({ methods, template }) => !methods.includes('GET') && template.includes('{id}'))
        .map(({ methods, template }) => ({
          method: methods[0] ?? 'POST',
          path: `/${template.replace('{id}', id).replace('{taskId}', taskId)}`,
        }));
    const body = (mark: string): string =>
      JSON.stringify({ by: `${mark}@fabrikam.com`, reason: mark });

    it('a command is on record with its own migration only', async () => {
      for (const id of [one, other]) {
        for (const shot of writes(id, user(id === one ? 101 : 201))) {
          const answer = await app.send({
            ...shot,
            headers: { 'idempotency-key': 'the-same-key' },
            body: body(marks[id]),
          });
          expect([shot.path, answerFault(answer), app.faults()]).toEqual([
            shot.path,
            undefined,
            [],
          ]);
        }
      }
      for (const [id, foreign] of [
        [one, other],
        [other, one],
      ] as const) {
        const { commands, results, approvals } = await app.stores.commands.readLog(id);
        expect(commands.length).toBeGreaterThan(3);
        expect(JSON.stringify([commands, results, approvals])).not.toContain(marks[foreign]);
        expect(new Set(commands.map(({ migrationId }) => migrationId))).toEqual(new Set([id]));
      }
    });

    it('no list and no detail of one shows the other', async () => {
      for (const [id, foreign] of [
        [one, other],
        [other, one],
      ] as const) {
        for (const path of reads(id)) {
          for (const accept of ['application/json', 'text/csv']) {
            const answer = await app.send({ path, headers: { accept } });
            expect([path, answer.status]).toEqual([path, 200]);
            expect(answer.text).toContain(marks[id]);
            expect(answer.text).not.toContain(marks[foreign]);
          }
        }
      }
    });

    it('a task of one cannot be addressed through the other', async () => {
      const before = (await app.stores.commands.readLog(one)).commands.length;
      for (const shot of writes(one, user(201)).filter(({ path }) => path.includes(user(201)))) {
        const answer = await app.send({ ...shot, body: '{"by":"x"}' });
        expect([shot.path, answer.status]).toEqual([shot.path, 404]);
      }
      expect((await app.stores.commands.readLog(one)).commands).toHaveLength(before);
    });

    it('the token of one list is refused on any other', async () => {
      const paths = [one, other].flatMap((id) => [
        `/api/migrations/${id}/tasks?pageSize=1`,
        `/api/migrations/${id}/events?pageSize=1`,
        `/api/migrations/${id}/tasks?pageSize=1&batchId=b001`,
      ]);
      paths.push('/api/migrations?pageSize=1');
      const tokens = new Map<string, string>();
      for (const path of paths) tokens.set(path, tokenOf(await app.send({ path })));
      for (const [from, token] of tokens) {
        expect([from, token.length > 0]).toEqual([from, true]);
        for (const to of [...paths, '/api/rejections?pageSize=1']) {
          const answer = await app.send({ path: `${to}&continuationToken=${token}` });
          expect([from, to, answer.status, answerFault(answer)]).toEqual([
            from,
            to,
            from === to ? 200 : 400,
            undefined,
          ]);
        }
      }
    });

    it('a token that somebody has made up shows nothing of the other', async () => {
      const own = tokenOf(await app.send({ path: `/api/migrations/${one}/tasks?pageSize=1` }));
      const foreign = tokenOf(
        await app.send({ path: `/api/migrations/${other}/tasks?pageSize=1` }),
      );
      const partsSchema = z.tuple([z.number(), z.string(), z.string()]);
      const parts = (token: string) =>
        partsSchema.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
      const [version, scope, position] = parts(own);
      const foreignPosition = parts(foreign)[2];
      const made = (next: object): string => Buffer.from(JSON.stringify(next)).toString('base64');
      const keys = fc.oneof(
        hostileText,
        fc.constantFrom(one, other, 'claim', 'migration', '00001.', '1!8!bS1h'),
      );
      const positions = fc.oneof(
        fc.constantFrom(foreignPosition, position, '0', '-1', '1e9', '', 'NaN'),
        hostileText,
        fc
          .tuple(keys, keys)
          .map(([nextPartitionKey, nextRowKey]) => made({ nextPartitionKey, nextRowKey })),
        keys.map((nextPartitionKey) => made({ nextPartitionKey })),
      );
      await fc.assert(
        fc.asyncProperty(positions, async (made) => {
          const token = Buffer.from(JSON.stringify([version, scope, made])).toString('base64url');
          const answer = await app.send({
            path: `/api/migrations/${one}/tasks?pageSize=5&continuationToken=${token}`,
          });
          expect([answerFault(answer), app.faults()]).toEqual([undefined, []]);
          expect([200, 400]).toContain(answer.status);
          expect(answer.text).not.toContain(marks[other]);
        }),
        { numRuns },
      );
    });

    it('an id that is nearly another’s is none', async () => {
      const near = [
        one.toUpperCase(),
        `${one}%20`,
        `%20${one}`,
        `${one}%00`,
        `${one}'`,
        `${one}'%20or%20'1'%20eq%20'1`,
        `${one}%2f..%2f${other}`,
        `${one}%5c`,
        `${one}.`,
        `${one}%23`,
        `${one}%3f`,
        `m-%61x`,
        'claim',
        'migration',
        '%E2%80%AEm-a',
        '%D0%BC-a',
      ];
      for (const id of near) {
        for (const path of reads(id)) {
          const answer = await app.send({ path });
          // The host itself refuses a zero byte.
          const status = id.includes('%00') ? 400 : 404;
          expect([path, answer.status, app.faults()]).toEqual([path, status, []]);
          expect(answer.text).not.toMatch(/marker/);
        }
      }
    });
  });
}
