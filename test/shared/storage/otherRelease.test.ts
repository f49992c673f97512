import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AuditEntry } from '../../../shared/contracts/audit.ts';
import type { CommandResult } from '../../../shared/contracts/command.ts';
import type { Rejection } from '../../../shared/contracts/rejection.ts';
import { createStores } from '../../../shared/storage/azureStores.ts';
import { allRows, type Row } from '../../../shared/storage/rows.ts';
import type { Stores } from '../../../shared/storage/stores.ts';
import { aLargeRequest } from './acceptContract.ts';
import { aBatch, aCommand, aMigration, aRequest, at, aTask, taken } from './sampleRows.ts';
import { openTables } from './tableUnderTest.ts';

let tables: Awaited<ReturnType<typeof openTables>>;
let stores: Stores;
/** As another process would have them: it remembers no row. */
const fresh = (): Stores =>
  createStores({ kind: 'connectionString', connectionString: tables.connectionString });
beforeAll(async () => {
  tables = await openTables();
  stores = fresh();
  await stores.prepare();
});
afterAll(() => tables.close());

/** Columns that no member of this release has; the ends of some are those of a record's pieces. */
const foreign = {
  laterFlag: true,
  laterCount: 7,
  laterText: 'x',
  laterJson: '{"a":[1]}',
  phaseJsonNote: 'n',
  sinceWhen: new Date('2026-11-20T08:00:00.000Z'),
};

const rowsIn = (table: string, where: string): Promise<Row[]> => allRows(tables.open(table), where);
const keyOf = (row: Row) => z.object({ partitionKey: z.string(), rowKey: z.string() }).parse(row);
/** Writes columns of a later release into every row that is found. */
async function addForeign(table: string, where: string, columns: object = foreign): Promise<void> {
  const rows = await rowsIn(table, where);
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows)
    await tables.open(table).updateEntity({ ...keyOf(row), ...columns }, 'Merge');
}
async function expectForeign(
  table: string,
  where: string,
  columns: object = foreign,
): Promise<void> {
  const rows = await rowsIn(table, where);
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(row).toMatchObject(columns);
}

const result = (migrationId: string, verdict: CommandResult['verdict']): CommandResult => ({
  migrationId,
  commandId: aCommand(migrationId, 1).commandId,
  batchId: 'b001',
  verdict,
  detail: 'd',
  decidedAt: at(3),
});
const rejection = (id: string): Rejection => ({
  id,
  source: 'queue',
  code: 'notJson',
  detail: 'no',
  errors: [],
  rejectedAt: at(1),
  lastRejectedAt: at(1),
  count: 1,
  replayedAt: null,
  migrationId: null,
});
const entry = (n: number): AuditEntry => ({
  eventId: `e${String(n)}`,
  type: 't',
  at: at(1),
  by: null,
  batchId: null,
  jobId: null,
  taskId: null,
  detail: null,
});
const long = (length: number) => [
  { service: 'Teams', status: 'failed', message: 'x'.repeat(length), errors: [] },
];
const user = 'user:kept';

describe('columns that another release has written stay', () => {
  const cases: readonly (readonly [
    string,
    string,
    string,
    (id: string) => Promise<unknown>,
    (id: string, others: Stores) => Promise<unknown>,
  ])[] = [
    [
      'migrations.update',
      'migrations',
      "RowKey eq 'migration.ID'",
      (id) => stores.migrations.accept(taken(aMigration(id, { message: 'm' }))),
      (id) =>
        stores.migrations.update(id, {
          phase: 'running',
          message: null,
          counts: aMigration(id).counts,
        }),
    ],
    [
      'batches.update of a row that is remembered',
      'batches',
      "PartitionKey eq 'ID'",
      (id) => stores.batches.insertMissing([aBatch(id, 'b001')]),
      async (id) => {
        await stores.batches.get(id, 'b001');
        await stores.batches.update(id, 'b001', {
          phase: 'syncing',
          counts: aBatch(id, 'b001').counts,
        });
        await stores.batches.update(id, 'b001', { message: 'm' });
      },
    ],
    [
      'batches.update of a row that has been written since',
      'batches',
      "PartitionKey eq 'ID'",
      async (id) => {
        await stores.batches.insertMissing([aBatch(id, 'b001')]);
        await stores.batches.get(id, 'b001');
      },
      (id) => stores.batches.update(id, 'b001', { phase: 'syncing' }),
    ],
    [
      'batches.updateWhen',
      'batches',
      "PartitionKey eq 'ID'",
      (id) => stores.batches.insertMissing([aBatch(id, 'b001')]),
      (id) => stores.batches.updateWhen(id, 'b001', () => true, { phase: 'syncing' }),
    ],
    [
      'batches.change',
      'batches',
      "PartitionKey eq 'ID'",
      (id) => stores.batches.insertMissing([aBatch(id, 'b001')]),
      (id) => stores.batches.change(id, 'b001', ({ attempt }) => ({ attempt: attempt + 1 })),
    ],
    [
      'tasks.save',
      'tasks',
      "PartitionKey eq 'ID'",
      (id) => stores.tasks.insertMissing([aTask(id, 'b001', 1), aTask(id, 'b001', 2)]),
      (id) =>
        stores.tasks.save([
          aTask(id, 'b001', 1, { outcome: 'failed' }),
          aTask(id, 'b001', 2, { jobId: 'j' }),
        ]),
    ],
    [
      'tasks.save of one task',
      'tasks',
      "PartitionKey eq 'ID'",
      (id) => stores.tasks.insertMissing([aTask(id, 'b001', 1)]),
      (id) => stores.tasks.save([aTask(id, 'b001', 1, { outcome: 'failed' })]),
    ],
    [
      'tasks.save of what was read, with less than before',
      'tasks',
      "PartitionKey eq 'ID'",
      (id) =>
        stores.tasks.insertMissing([aTask(id, 'b001', 1, { jobId: 'j', services: long(90_000) })]),
      (id) =>
        stores.tasks.save(
          [aTask(id, 'b001', 1, { services: long(5) })],
          [aTask(id, 'b001', 1, { jobId: 'j', services: long(90_000) })],
        ),
    ],
    [
      'tasks.save of what was read, with more',
      'tasks',
      "PartitionKey eq 'ID'",
      (id) => stores.tasks.insertMissing([aTask(id, 'b001', 1)]),
      (id) => stores.tasks.save([aTask(id, 'b001', 1, { jobId: 'j' })], [aTask(id, 'b001', 1)]),
    ],
    [
      'rejections.save',
      'rejections',
      "PartitionKey eq 'rejection' and id eq 'ID'",
      (id) => stores.rejections.save(rejection(id), 'text'),
      (id) => stores.rejections.save(rejection(id), 'text'),
    ],
    [
      'rejections.markReplayed',
      'rejections',
      "PartitionKey eq 'rejection' and id eq 'ID'",
      (id) => stores.rejections.save(rejection(id), 'text'),
      (id) => stores.rejections.markReplayed(id, { replayedAt: at(2), migrationId: 'm-one' }),
    ],
    [
      'commands.recordResult',
      'commands',
      "PartitionKey eq 'ID' and RowKey ge 'result.' and RowKey lt 'result/'",
      (id) => stores.commands.recordResult(result(id, 'unconfirmed')),
      (id) => stores.commands.recordResult(result(id, 'applied')),
    ],
    [
      'commands.add',
      'commands',
      "PartitionKey eq 'ID' and RowKey eq 'revision'",
      (id) => stores.commands.add(aCommand(id, 1)),
      (id) => stores.commands.add(aCommand(id, 2)),
    ],
    [
      'the note that something is unsettled',
      'commands',
      "PartitionKey eq '.followUp' and RowKey eq 'ID'",
      (id) => stores.commands.recordResult(result(id, 'applied')),
      async (id) => {
        await stores.commands.recordResult(result(id, 'applied'));
        for (const one of await stores.commands.listFollowUps())
          if (one.migrationId === id) await stores.commands.completeFollowUp(one, 'recorded');
      },
    ],
    [
      'audit.append',
      'events',
      "PartitionKey eq 'ID' and RowKey eq 'head'",
      (id) => stores.audit.append(id, entry(1)),
      async (id, others) => {
        await others.audit.append(id, entry(2));
        await stores.audit.append(id, entry(3));
        await stores.audit.append(id, entry(4));
      },
    ],
    [
      'quota.hold and quota.release',
      'quota',
      "RowKey eq 'count'",
      (id) => stores.quota.hold({ migrationId: id, batchId: 'b001', taskId: null }, 5, 10),
      async (id, others) => {
        await others.quota.release({ migrationId: id, batchId: 'b001', taskId: null });
        await stores.quota.hold({ migrationId: id, batchId: 'b002', taskId: null }, 5, 10);
      },
    ],
    [
      'users.release',
      'users',
      "PartitionKey eq 'users'",
      (id) =>
        stores.users.reserve(
          { migrationId: id, batchId: 'b001', run: 1 },
          [{ key: user, moveAgain: false }],
          at(1),
        ),
      async (id, others) => {
        await others.users.release(
          { migrationId: id, batchId: 'b001', run: 1 },
          [{ key: user, isMoved: true }],
          at(2),
        );
        await stores.users.reserve(
          { migrationId: id, batchId: 'b001', run: 2 },
          [{ key: user, moveAgain: true }],
          at(3),
        );
        await stores.users.release(
          { migrationId: id, batchId: 'b001', run: 2 },
          [{ key: user, isMoved: false }],
          at(4),
        );
      },
    ],
  ];
  it.each(cases.map((one, n) => [...one, `m-kept${String(n)}`] as const))(
    '%s',
    async (_name, table, where, before, change, id) => {
      const filter = where.replace('ID', id);
      await before(id);
      await addForeign(table, filter);
      const [first] = await rowsIn(table, filter);
      await change(id, fresh());
      await expectForeign(table, filter);
      // It was written.
      expect(await rowsIn(table, filter)).not.toContainEqual(first);
    },
  );
});

it('removes every piece of a member, and none of a member whose name begins alike', async () => {
  const id = 'm-pieces';
  await stores.batches.insertMissing([{ ...aBatch(id, 'b001'), message: 'y'.repeat(90_000) }]);
  await addForeign('batches', `PartitionKey eq '${id}'`, {
    messageNote: 'stays',
    messageJsonNote: 'stays',
  });
  await stores.batches.update(id, 'b001', { message: null });
  const [row] = await rowsIn('batches', `PartitionKey eq '${id}'`);
  expect(
    Object.keys(row ?? {})
      .filter((name) => name.startsWith('message'))
      .toSorted(),
  ).toEqual(['messageJsonNote', 'messageNote']);
  expect((await fresh().batches.get(id, 'b001'))?.message).toBeNull();
});

it('leaves a value that a later release has given a member as it is, when another one changes', async () => {
  const id = 'm-value';
  await stores.batches.insertMissing([aBatch(id, 'b001')]);
  await addForeign('batches', `PartitionKey eq '${id}'`, {
    phase: 'defrosting',
    needsPerson: 'newKind',
  });
  expect(await fresh().batches.get(id, 'b001')).toMatchObject({
    phase: 'syncing',
    needsPerson: 'unknownStatus',
  });
  await fresh().batches.update(id, 'b001', { attempt: 3 });
  await expectForeign('batches', `PartitionKey eq '${id}'`, {
    phase: 'defrosting',
    needsPerson: 'newKind',
    attempt: 3,
  });
});

it('drops members that it does not know from what rows hold as JSON', async () => {
  const id = 'm-json';
  const migration = aMigration(id, { phase: 'running' });
  await stores.migrations.accept(taken(migration));
  const later = (value: unknown): string =>
    JSON.stringify({ ...z.looseObject({}).parse(value), later: { x: 1 } });
  await addForeign('migrations', `RowKey eq 'migration.${id}'`, {
    countsJson: later(migration.counts),
    exchangeSettingsJson: later(migration.exchangeSettings),
  });
  expect(await stores.migrations.get(id)).toEqual(migration);
  const command = aCommand(id, 1, {
    kind: 'updateTask',
    update: { taskType: 'users' },
    targets: ['b001'],
  });
  await stores.commands.add(command);
  await addForeign(
    'commands',
    `PartitionKey eq '${id}' and RowKey ge 'command.' and RowKey lt 'command/'`,
    { updateJson: later(command.update) },
  );
  expect((await fresh().commands.readLog(id)).commands).toEqual([command]);
});

it('leaves commands of a kind that it does not know out of the book', async () => {
  const id = 'm-kinds';
  await stores.commands.add(aCommand(id, 1, { targets: ['b001'] }));
  await stores.commands.add(aCommand(id, 2, { targets: ['b001'] }));
  await addForeign(
    'commands',
    `PartitionKey eq '${id}' and commandId eq '${aCommand(id, 2).commandId}'`,
    { kind: 'freeze' },
  );
  const other = fresh();
  expect((await other.commands.readLog(id)).commands).toEqual([
    aCommand(id, 1, { targets: ['b001'] }),
  ]);
  expect((await other.commands.readBatchLog(id, 'b001')).commands).toEqual([
    aCommand(id, 1, { targets: ['b001'] }),
  ]);
});

it('loads requests and added users with members that a later release has added', async () => {
  const requests = BlobServiceClient.fromConnectionString(
    tables.connectionString,
  ).getContainerClient('requests');
  const small = { ...aRequest('small'), later: true };
  const large = { ...aLargeRequest('large'), later: { a: 1 } };
  for (const [id, request] of [
    ['m-small', small],
    ['m-large', large],
  ] as const) {
    await stores.migrations.accept(taken(aMigration(id), request));
    const { later: _later, ...known } = request;
    expect(await stores.requests.load(id)).toEqual(known);
  }
  const added = JSON.stringify([
    { targetUserId: 'aaaaaaaa-0000-4000-8000-000000000001', later: 1 },
  ]);
  await requests.getBlockBlobClient('m-small.c1.json').upload(added, added.length);
  expect(await stores.requests.loadAdded('m-small', 'c1')).toEqual([
    { targetUserId: 'aaaaaaaa-0000-4000-8000-000000000001' },
  ]);
});

it('lets twenty writers of one row, of two processes, all get through', async () => {
  const id = 'm-writers';
  const [one, other] = [fresh(), fresh()];
  await stores.batches.insertMissing([aBatch(id, 'b001')]);
  await stores.migrations.accept(taken(aMigration(id)));
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      (n % 2 === 0 ? one : other).batches.change(id, 'b001', ({ attempt }) => ({
        attempt: attempt + 1,
      })),
    ),
  );
  expect((await stores.batches.get(id, 'b001'))?.attempt).toBe(20);
  const members = ['name', 'message', 'requestedBy', 'completeAfterDateTime'] as const;
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      (n % 2 === 0 ? one : other).migrations.update(id, { [members[n % 4] ?? 'name']: 'written' }),
    ),
  );
  expect(await stores.migrations.get(id)).toMatchObject(
    Object.fromEntries(members.map((name) => [name, 'written'])),
  );
  const tasks = Array.from({ length: 20 }, (_, n) => aTask(id, 'b001', n));
  await Promise.all(
    tasks.map((_, n) => (n % 2 === 0 ? one : other).tasks.insertMissing(tasks.slice(0, n + 1))),
  );
  expect(await stores.tasks.listBatch(id, 'b001')).toEqual(tasks);
});
