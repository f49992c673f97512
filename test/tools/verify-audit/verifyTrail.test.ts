import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { AuditEvent } from '../../../shared/contracts/audit.ts';
import { anchorLine } from '../../../shared/storage/blobs.ts';
import { nextEvent, chainStart } from '../../../shared/storage/events.ts';
import { auditOptions } from '../../../tools/verify-audit/main.ts';
import { type Anchors, parseAnchors } from '../../../tools/verify-audit/readAnchors.ts';
import { verifyAll } from '../../../tools/verify-audit/verifyAll.ts';
import {
  type Api,
  type MigrationRow,
  type Verified,
  verifyMigration,
} from '../../../tools/verify-audit/verifyTrail.ts';

let server: Server | undefined;
afterEach(() => server?.close());

const acceptedAt = '2026-11-20T08:00:00Z';

/** A chain of so many events; all but the first, the acceptance, are of a job. */
const chainOf = (id: string, length: number): readonly AuditEvent[] =>
  Array.from({ length }).reduce<AuditEvent[]>((events, _, n) => {
    const entry = {
      eventId: n === 0 ? 'request' : String(n),
      type: n === 0 ? 'request.accepted' : 'job.status',
      at: `2026-11-2${String(n)}T08:00:00Z`,
      by: null,
      batchId: null,
      jobId: null,
      taskId: null,
      detail: null,
    };
    return [...events, nextEvent(id, entry, events.at(-1) ?? chainStart)];
  }, []);

const chain = chainOf('m-1', 4);
const row: MigrationRow = { id: 'm-1', phase: 'running', acceptedAt, auditHead: null };

/** The API with a row and a trail, two events a page; a trail may grow from one answer to the next. */
async function serve(
  events: (requests: number) => readonly AuditEvent[],
  rows: readonly MigrationRow[] = [row],
): Promise<Api> {
  let requests = 0;
  server = createServer((request, response) => {
    requests += 1;
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? ''}`);
    if (request.headers['x-functions-key'] !== 'k') response.statusCode = 401;
    const one = /\/migrations\/([^/]+)$/.exec(url.pathname)?.[1];
    const found = rows.find(({ id }) => id === one);
    if (url.pathname.endsWith('/events')) {
      const start = Number(url.searchParams.get('continuationToken') ?? 0);
      const all = url.pathname.includes('/rejections/') ? [] : events(requests);
      const nextLink =
        start + 2 < all.length
          ? { nextLink: `${url.origin}${url.pathname}?continuationToken=${String(start + 2)}` }
          : {};
      response.end(JSON.stringify({ value: all.slice(start, start + 2), ...nextLink }));
    } else if (url.pathname.endsWith('/migrations')) {
      response.end(JSON.stringify({ value: rows }));
    } else if (found !== undefined) {
      response.end(JSON.stringify(found));
    } else if (url.pathname.endsWith('/rejections') || url.pathname.endsWith('/freezes')) {
      response.end('{"value":[]}');
    } else {
      response.statusCode = 404;
      response.end(
        url.pathname.startsWith('/api/') ? '{"code":"migrationNotFound"}' : 'no such page',
      );
    }
  });
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/api`,
    key: 'k',
  };
}

const anchorsOf = (text: string, isComplete = true): Anchors => ({
  origin: 'a test',
  isComplete,
  ...parseAnchors([{ name: '2026-11.jsonl', text }]),
});
const anchor = (event: AuditEvent | undefined): string =>
  event === undefined ? '' : anchorLine(event);
const verified = async (
  events: readonly AuditEvent[],
  given: MigrationRow = row,
  anchors?: Anchors,
): Promise<Verified> => verifyMigration(await serve(() => events), given, anchors, true);

it('reads all pages and finds that a trail holds', async () => {
  const anchors = anchorsOf(anchor(chain[2]) + anchor(chain[1]) + anchor(chain[2]));
  expect(await verified(chain, { ...row, auditHead: chain[2] ?? null }, anchors)).toEqual({
    chain: 'm-1',
    events: 4,
    firstAt: acceptedAt,
    lastAt: '2026-11-23T08:00:00Z',
    head: chain[3]?.hash,
    anchoredTo: 3,
    rowTo: 3,
    broken: undefined,
  });
});

it.each<readonly [string, readonly AuditEvent[], Partial<MigrationRow>, string, number, string]>([
  [
    'an event was changed',
    chain.map((event, n) => (n === 2 ? { ...event, by: 'nobody' } : event)),
    {},
    '',
    3,
    'does not follow',
  ],
  ['it is another migration’s', chainOf('m-2', 4), {}, '', 1, 'another chain, m-2'],
  ['the first event is gone', chain.slice(1), {}, '', 1, 'begins with event 2'],
  [
    'the first event is no acceptance',
    [
      nextEvent(
        'm-1',
        {
          eventId: 'x',
          type: 'job.status',
          at: acceptedAt,
          by: null,
          batchId: null,
          jobId: null,
          taskId: null,
          detail: null,
        },
        chainStart,
      ),
    ],
    {},
    '',
    1,
    'not the acceptance',
  ],
  [
    'the acceptance is of another time',
    chain,
    { acceptedAt: '2026-11-19T08:00:00Z' },
    '',
    1,
    "the migration's row says 2026-11-19",
  ],
  ['it has begun and there is no event', [], {}, '', 1, 'the migration is running'],
  [
    'there is no event, and an anchor',
    [],
    { phase: 'accepted' },
    anchor(chain[1]),
    1,
    'no event is left, and the anchor of 2026-11-21',
  ],
  [
    'the end was cut off',
    chain.slice(0, 2),
    {},
    anchor(chain[0]) + anchor(chain[3]),
    3,
    'ends with event 2, and the anchor of 2026-11-23T08:00:00Z in 2026-11.jsonl names event 4',
  ],
  [
    'the end was cut off behind the row',
    chain.slice(0, 2),
    { auditHead: chain[2] ?? null },
    anchor(chain[2]),
    3,
    'names event 3',
  ],
  [
    'anchors are gone',
    chain,
    { auditHead: chain[2] ?? null },
    anchor(chain[0]),
    3,
    'no anchor does',
  ],
  [
    'two anchors contradict each other',
    chain,
    {},
    anchor(chain[1]) + anchorLine({ migrationId: 'm-1', sequence: 2, hash: 'f', at: acceptedAt }),
    2,
    'the anchor of 2026-11-21T08:00:00Z in 2026-11.jsonl and the anchor of 2026-11-20T08:00:00Z in 2026-11.jsonl name the event with different hashes',
  ],
])('says broken when %s', async (_, events, changes, anchors, sequence, reason) => {
  const { broken } = await verified(events, { ...row, ...changes }, anchorsOf(anchors));
  expect(broken?.reason).toContain(reason);
  expect(broken?.sequence).toBe(sequence);
});

it('says which events a rewritten trail may have been rewritten from', async () => {
  const forged = chain
    .map((event, n) => (n < 2 ? event : { ...event, by: 'somebody' }))
    .reduce<AuditEvent[]>(
      (made, { migrationId, sequence: _, previousHash: _previous, hash: _hash, ...entry }) => [
        ...made,
        nextEvent(migrationId, entry, made.at(-1) ?? chainStart),
      ],
      [],
    );
  const { broken } = await verified(forged, row, anchorsOf(anchor(chain[0]) + anchor(chain[3])));
  expect(broken?.reason).toContain('from some event between 2 and 4 on');
  expect(broken?.sequence).toBe(4);
  // What lies behind the last anchor is a chain and nothing more.
  expect((await verified(forged, row, anchorsOf(anchor(chain[0])))).broken).toBeUndefined();
});

it('takes a migration that was accepted and not begun for what it is', async () => {
  expect(await verified([], { ...row, phase: 'accepted' }, anchorsOf(''))).toMatchObject({
    events: 0,
    broken: undefined,
  });
});

it('gives no false alarm where the trail, its anchors and its row grow while they are read', async () => {
  const rows: MigrationRow[] = [{ ...row, auditHead: chain[1] ?? null }];
  // One event more with every answer.
  const api = await serve((requests) => chainOf('m-1', Math.min(9, 1 + requests)), rows);
  const { trails } = await verifyAll(api, () => {
    const anchors = anchorsOf(anchor(chain[1]));
    // Between the anchors and the events a migration is accepted, and the first one goes on.
    rows[0] = { ...row, auditHead: chain[2] ?? null };
    return Promise.resolve(anchors);
  });
  expect(trails.map(({ chain: one, broken }) => [one, broken])).toEqual([
    ['m-1', undefined],
    ['rejections', undefined],
    ['freezes', undefined],
  ]);
});

it('misses a migration that only an anchor names, and does not ask anchors that may be some of many for what the row names', async () => {
  const gone = anchorLine({ migrationId: 'm-gone', sequence: 3, hash: 'f', at: acceptedAt });
  const { trails } = await verifyAll(await serve(() => chain), () =>
    Promise.resolve(anchorsOf(gone)),
  );
  expect(trails.find(({ chain: one }) => one === 'm-gone')?.broken?.reason).toContain(
    'no row any more',
  );
  expect(
    (
      await verifyMigration(
        await serve(() => chain),
        { ...row, auditHead: chain[2] ?? null },
        anchorsOf('', false),
        true,
      )
    ).broken,
  ).toBeUndefined();
});

it('says what the app answered when it does not let the reader in, and takes no 404 but the app’s own for a missing migration', async () => {
  const api = await serve(() => chain);
  await expect(verifyMigration({ ...api, key: undefined }, row, undefined, true)).rejects.toThrow(
    '/api/migrations/m-1/events answered 401',
  );
  await expect(verifyAll(api, () => Promise.resolve(undefined), 'm-2')).rejects.toThrow(
    'there is no migration m-2',
  );
  await expect(
    verifyAll(
      { ...api, url: api.url.replace('/api', '/elsewhere') },
      () => Promise.resolve(undefined),
      'm-2',
    ),
  ).rejects.toThrow('/elsewhere/migrations/m-2 answered 404: no such page');
});

it('reads anchors and outcome messages, one a line or in an array, and names what is neither', () => {
  const message = {
    specversion: '1.0',
    subject: 'm-1/b001',
    time: acceptedAt,
    auditsequence: 5,
    audithash: 'h',
    data: {},
  };
  const read = (text: string) => parseAnchors([{ name: 'f', text }]);
  expect(read(`${anchor(chain[1])}\n${JSON.stringify(message)}\n`)).toEqual({
    byChain: new Map([
      [
        'm-1',
        [
          { sequence: 2, hash: chain[1]?.hash, source: 'the anchor of 2026-11-21T08:00:00Z in f' },
          { sequence: 5, hash: 'h', source: `the outcome message of ${acceptedAt} in f` },
        ],
      ],
    ]),
    faults: [],
  });
  expect(
    read(JSON.stringify([message, { ...message, subject: 'rejections/r1' }])).byChain.get(
      'rejections',
    ),
  ).toHaveLength(1);
  expect(
    read(
      `${anchor(chain[1])}{"migrationId":"../x","sequence":1,"hash":"h","at":"${acceptedAt}"}\nno JSON\n`,
    ).faults,
  ).toEqual([
    'f, line 2: is no anchor and no outcome message',
    'f, line 3: is no anchor and no outcome message',
  ]);
});

it('takes one migration or none, an address, and where the anchors are', () => {
  expect(auditOptions([])).toEqual({ url: 'http://127.0.0.1:7071/api', anchors: [], help: false });
  expect(
    auditOptions([
      'm-1',
      '--url',
      'https://ferry.example/api/',
      '--anchors',
      'a',
      '--anchors',
      'b',
    ]),
  ).toEqual({
    url: 'https://ferry.example/api',
    anchors: ['a', 'b'],
    help: false,
    migrationId: 'm-1',
  });
  expect(() => auditOptions(['m-1', 'm-2'])).toThrow('one migration');
  expect(() => auditOptions(['../x'])).toThrow('id of a migration');
});
