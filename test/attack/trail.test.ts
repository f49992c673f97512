import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startAzurite } from '../../local/stack/azurite/startAzurite.ts';
import type { AuditEntry, AuditEvent } from '../../shared/contracts/audit.ts';
import { migrationFinished } from '../../shared/domain/outcomeEvent.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { createStores } from '../../shared/storage/azureStores.ts';
import { chainStart, nextEvent } from '../../shared/storage/events.ts';
import { toRow } from '../../shared/storage/rows.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import { auditCommand } from '../../tools/verify-audit/main.ts';
import { type AttackedApp, attackedApp } from './attackedApp.ts';
import { user } from './rightRequests.ts';

// Somebody has got hold of the tables, and knows how the chain is made.
const dir = mkdtempSync(join(tmpdir(), 'attack-trail-'));
let app: AttackedApp<Stores>;
let connectionString: string;
let events: TableClient;
let migrations: TableClient;
let end: () => Promise<void>;
beforeAll(async () => {
  const azurite = await startAzurite({ dataDir: join(dir, 'azurite') });
  ({ connectionString } = azurite);
  const stores = createStores({ kind: 'connectionString', connectionString });
  await stores.prepare();
  app = await attackedApp({ stores });
  events = TableClient.fromConnectionString(connectionString, 'events', {
    allowInsecureConnection: true,
  });
  migrations = TableClient.fromConnectionString(connectionString, 'migrations', {
    allowInsecureConnection: true,
  });
  end = async () => {
    await app.close();
    await azurite.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}, 60_000);
afterAll(() => end(), 30_000);

interface Said {
  readonly status: number | null;
  readonly text: string;
}

/** What `npm run verify-audit` says with the storage settings of the app, and its exit status. */
async function verify(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = { AzureWebJobsStorage: connectionString },
): Promise<Said> {
  const lines: string[] = [];
  const status = await auditCommand([...args, '--url', app.apiUrl], environment, (line) =>
    lines.push(line),
  );
  return { status, text: lines.join('\n') };
}

/** The same as a process. */
async function verifyByProcess(args: readonly string[]): Promise<Said> {
  const child = spawn(
    process.execPath,
    ['tools/verify-audit/main.ts', ...args, '--url', app.apiUrl],
    {
      cwd: join(import.meta.dirname, '..', '..'),
      env: { PATH: process.env['PATH'], AzureWebJobsStorage: connectionString },
    },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, text };
}

function expectSaid({ status, text }: Said, expected: 0 | 1, words: RegExp): void {
  expect(text).toMatch(words);
  expect(status).toBe(expected);
}

const entry = (id: string, n: number): AuditEntry => ({
  eventId: `${id}/${String(n)}`,
  type: 'job.status',
  at: '2026-11-20T08:00:00.000Z',
  by: null,
  batchId: 'b001',
  jobId: 'job',
  taskId: null,
  detail: 'completed',
});

/** A migration that has run: five events, of which the fourth is an outcome and the last came after it. */
async function aMigrationThatRan(name: string): Promise<string> {
  const request = {
    kind: 'users',
    name,
    sourceTenantId: '11111111-2222-3333-4444-555555555555',
    users: [user(1)],
    workloads: ['Teams'],
    requestedBy: 'ana',
  };
  const answer = await app.send({
    method: 'POST',
    path: '/api/migrations',
    body: JSON.stringify(request),
  });
  expect(answer.status).toBe(202);
  const { id } = z.looseObject({ id: z.string() }).parse(JSON.parse(answer.text));
  for (const n of [1, 2]) await app.stores.audit.append(id, entry(id, n));
  const migration = await app.stores.migrations.get(id);
  if (migration === undefined) throw new Error('it was accepted');
  await app.stores.migrations.update(id, { phase: 'completed' });
  await app.stores.outcomes.send(
    migrationFinished(
      migration,
      {
        phase: 'completed',
        counts: { ...noCounts, succeeded: 1 },
        message: null,
        finishedAt: '2026-11-20T09:00:00.000Z',
      },
      1,
    ),
  );
  await app.stores.audit.append(id, entry(id, 3));
  return id;
}

const trailOf = async (id: string): Promise<readonly AuditEvent[]> =>
  (await app.stores.audit.list(id, { pageSize: 1_000 })).items;

/** Writes another trail in place of a migration's, with everything that belongs to it. */
async function forge(id: string, entries: readonly AuditEntry[]): Promise<void> {
  for await (const { partitionKey = '', rowKey = '' } of events.listEntities({
    queryOptions: { filter: `PartitionKey eq '${id}' and RowKey ne 'head'` },
  })) {
    if (entries.length === 0 || rowKey.startsWith('e.'))
      await events.deleteEntity(partitionKey, rowKey);
  }
  const trail = entries.reduce<AuditEvent[]>(
    (made, one) => [...made, nextEvent(id, one, made.at(-1) ?? chainStart)],
    [],
  );
  for (const event of trail)
    await events.createEntity(
      toRow({ partitionKey: id, rowKey: `e.${String(event.sequence).padStart(10, '0')}` }, event),
    );
  const head = trail.at(-1);
  if (head === undefined) await events.deleteEntity(id, 'head');
  else
    await events.upsertEntity(
      toRow({ partitionKey: id, rowKey: 'head' }, { sequence: head.sequence, hash: head.hash }),
      'Replace',
    );
}

/** Makes the migration's row name the end of the trail as it is now. */
async function forgeRow(id: string): Promise<void> {
  const head = (await trailOf(id)).at(-1);
  const auditHeadJson =
    head === undefined ? '' : JSON.stringify({ sequence: head.sequence, hash: head.hash });
  await migrations.updateEntity(
    { partitionKey: 'migrations', rowKey: `migration.${id}`, auditHeadJson },
    'Merge',
  );
}

const entriesOf = (trail: readonly AuditEvent[]): AuditEntry[] =>
  trail.map(
    ({ migrationId: _, sequence: _sequence, previousHash: _previous, hash: _hash, ...one }) => one,
  );

it('a trail that nobody has touched holds, and begins with the acceptance', async () => {
  const id = await aMigrationThatRan('honest');
  expect((await trailOf(id)).map(({ type }) => type)).toEqual([
    'request.accepted',
    'job.status',
    'job.status',
    'migration.finished',
    'job.status',
  ]);
  expectSaid(
    await verify([id]),
    0,
    / 4 by anchors, 4 by the row .* holds[^]*compared with \d+ anchors of the container/,
  );
});

it('a trail whose end was cut off is broken, also after the app has gone on with it', async () => {
  const id = await aMigrationThatRan('cut');
  await forge(id, entriesOf(await trailOf(id)).slice(0, 3));
  await forgeRow(id);
  expectSaid(
    await verify([id]),
    1,
    /BROKEN at event 4[^]*ends with event 3, and the anchor of .* names event 4/,
  );
  expectSaid(await verifyByProcess([id]), 1, /BROKEN at event 4/);
  for (const n of [7, 8]) await app.stores.audit.append(id, entry(id, n));
  expectSaid(await verify([id]), 1, /BROKEN at event 4/);
});

it('a trail that was emptied is broken', async () => {
  const id = await aMigrationThatRan('emptied');
  await forge(id, []);
  await forgeRow(id);
  expectSaid(await verify([id]), 1, /BROKEN at event 1[^]*no event is left, and the anchor of/);
  // Without anchors as well, as long as the migration's phase says that it has begun.
  expectSaid(await verify([id], {}), 1, /no event at all, and the migration is completed/);
});

it('a trail that does not begin with the acceptance is broken', async () => {
  const id = await aMigrationThatRan('headless');
  await forge(id, entriesOf(await trailOf(id)).slice(1));
  await forgeRow(id);
  expectSaid(
    await verify([id], {}),
    1,
    /BROKEN at event 1[^]*the first event is job\.status, not the acceptance/,
  );
});

it('a trail that was rewritten with new hashes is broken, and without anchors it is said that nobody looked', async () => {
  const id = await aMigrationThatRan('rewritten');
  const entries = entriesOf(await trailOf(id));
  await forge(
    id,
    entries.map((one, n) => (n === 1 ? { ...one, detail: 'failed' } : one)),
  );
  expectSaid(await verify([id], {}), 1, /another hash than the migration's row says/);
  await forgeRow(id);
  expectSaid(
    await verify([id]),
    1,
    /BROKEN at event 4[^]*another hash than the anchor of .* says: the trail was rewritten from some event between 1 and 4 on/,
  );
  expectSaid(await verify([id], {}), 0, /ONLY the chains and the rows of migrations were checked/);
});

it('a rewritten trail is broken by outcome messages and downloaded blobs that somebody has kept', async () => {
  const id = await aMigrationThatRan('kept');
  const { items } = await app.stores.audit.list(id, { pageSize: 10 });
  const outcome = items[3];
  const file = join(dir, 'messages.jsonl');
  writeFileSync(
    file,
    `${JSON.stringify({ specversion: '1.0', subject: id, time: outcome?.at, auditsequence: 4, audithash: outcome?.hash })}\n`,
  );
  expectSaid(await verify([id, '--anchors', file], {}), 0, / 4 by anchors/);
  await forge(
    id,
    entriesOf(items).map((one, n) => (n === 2 ? { ...one, detail: 'failed' } : one)),
  );
  await forgeRow(id);
  expectSaid(
    await verify([id, '--anchors', file], {}),
    1,
    /another hash than the outcome message of/,
  );
});

it('a migration of which everything was deleted is broken', async () => {
  const id = await aMigrationThatRan('deleted');
  await forge(id, []);
  for await (const row of migrations.listEntities({
    queryOptions: { filter: `RowKey eq 'migration.${id}' or migrationId eq '${id}'` },
  }))
    await migrations.deleteEntity(row.partitionKey ?? '', row.rowKey ?? '');
  expect((await app.send({ path: `/api/migrations/${id}` })).status).toBe(404);
  expectSaid(await verify([id]), 1, /BROKEN at event 1[^]*no row any more/);
  expectSaid(
    await verify([]),
    1,
    new RegExp(`broken: ${id} at event 1: the migration has no row any more`),
  );
});

it('the trail of refused messages is broken when its end was cut off, and when it was emptied', async () => {
  for (const text of ['one', 'two'])
    expect(await app.deliver(text)).toMatchObject({ outcome: { ok: true } });
  expectSaid(await verify(['rejections']), 0, / 2 by anchors .* holds/);
  await forge('rejections', entriesOf(await trailOf('rejections')).slice(0, 1));
  expectSaid(await verify(['rejections']), 1, /BROKEN at event 2/);
  await forge('rejections', []);
  expectSaid(await verify(['rejections']), 1, /no event is left/);
  expectSaid(await verify(['rejections'], {}), 1, /no event at all, and a message was refused/);
});

it('anchors that were removed are missed, as long as the row names the event', async () => {
  const id = await aMigrationThatRan('anchorless');
  const container =
    BlobServiceClient.fromConnectionString(connectionString).getContainerClient('audit-anchors');
  for await (const { name } of container.listBlobsFlat()) await container.deleteBlob(name);
  expectSaid(
    await verify([id]),
    1,
    /BROKEN at event 4[^]*the migration's row names the event, and no anchor does/,
  );
});

it('a container of anchors that is out of reach or gone is no trail that holds', async () => {
  await expect(
    verify(['rejections'], {
      AzureWebJobsStorage: connectionString.replace(
        /BlobEndpoint=http:\/\/127\.0\.0\.1:\d+\//,
        'BlobEndpoint=http://127.0.0.1:9/',
      ),
    }),
  ).rejects.toThrow(
    /the anchors cannot be read from the container http:\/\/127\.0\.0\.1:9\/.*audit-anchors: /,
  );
  await BlobServiceClient.fromConnectionString(connectionString)
    .getContainerClient('audit-anchors')
    .delete();
  await expect(verify(['rejections'])).rejects.toThrow('it does not exist');
});
