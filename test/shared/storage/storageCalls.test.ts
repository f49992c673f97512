import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type Azurite, startAzurite } from '../../../local/stack/azurite/startAzurite.ts';
import type { AuditEntry } from '../../../shared/contracts/audit.ts';
import type { CommandResult } from '../../../shared/contracts/command.ts';
import { quotaTable } from '../../../shared/storage/appState.ts';
import { commandTable } from '../../../shared/storage/commands.ts';
import { eventTable } from '../../../shared/storage/events.ts';
import { batchTable } from '../../../shared/storage/migrations.ts';
import { taskTable } from '../../../shared/storage/tasks.ts';
import { aBatch, aCommand, at, aTask } from './sampleRows.ts';

let azurite: Azurite;
const dataDir = mkdtempSync(join(tmpdir(), 'storage-calls-'));
beforeAll(async () => {
  azurite = await startAzurite({ dataDir });
});
afterAll(async () => {
  await azurite.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A new table, and a way to see how many calls were made of it, and how many bytes were sent, since that was last looked at. */
async function countedTable(name: string) {
  let calls = 0;
  let bytes = 0;
  const table = TableClient.fromConnectionString(azurite.connectionString, name, {
    allowInsecureConnection: true,
    additionalPolicies: [
      {
        position: 'perCall',
        policy: {
          name: 'count',
          sendRequest: (request, next) => {
            calls += 1;
            bytes += Buffer.byteLength(z.string().catch('').parse(request.body));
            return next(request);
          },
        },
      },
    ],
  });
  await table.createTable();
  calls = 0;
  return {
    table,
    taken: () => {
      const since = calls;
      calls = 0;
      return since;
    },
    sentBytes: () => {
      const since = bytes;
      bytes = 0;
      return since;
    },
  };
}

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

it('puts an event on record with one call, and many that come together with two', async () => {
  const { table, taken } = await countedTable('events');
  const audit = eventTable(table);
  await audit.append('m', entry(0));
  expect(taken()).toBe(2);
  await audit.append('m', entry(1));
  expect(taken()).toBe(1);
  await Promise.all(Array.from({ length: 40 }, (_, n) => audit.append('m', entry(2 + n))));
  expect(taken()).toBe(2);
  // Another process was faster: the refused call, the head, the event.
  const other = eventTable(table);
  await other.append('m', entry(42));
  taken();
  await audit.append('m', entry(43));
  expect(taken()).toBe(3);
  // It is there already: the refused call, the head, the mark.
  const position = await audit.append('m', entry(42));
  expect(taken()).toBe(3);
  expect(position.sequence).toBe(43);
  // Both.
  expect(await other.append('m', entry(43))).toMatchObject({ sequence: 44 });
  expect(taken()).toBe(5);
});

it('sends of users that were read what has changed in them', async () => {
  const { table, taken, sentBytes } = await countedTable('tasks');
  const tasks = taskTable(table);
  const services = ['Teams', 'Exchange', 'ODSP', 'Meeting'].map((service) => ({
    service,
    status: 'valid',
    message: '',
    errors: [],
  }));
  const before = Array.from({ length: 100 }, (_, n) =>
    aTask('m', 'b001', n, { jobId: 'job', services, validation: services }),
  );
  await tasks.insertMissing(before);
  taken();
  const wholeBytes = sentBytes();
  await tasks.save(
    before.map((task) => ({ ...task, outcome: 'succeeded' as const })),
    before,
  );
  expect(taken()).toBe(1);
  expect(sentBytes()).toBeLessThan(wholeBytes * 0.6);
});

it('changes a batch that it has read or written without reading it again, unless somebody else has written it', async () => {
  const { table, taken } = await countedTable('batches');
  const batches = batchTable(table);
  await batches.insertMissing([aBatch('m', 'b001')]);
  await batches.get('m', 'b001');
  taken();
  await batches.update('m', 'b001', { jobStatus: 'validating' });
  expect(
    await batches.updateWhen('m', 'b001', ({ jobStatus }) => jobStatus === 'validating', {
      message: 'one',
    }),
  ).toBe(true);
  expect(taken()).toBe(2);

  await batchTable(table).update('m', 'b001', { attempt: 7, phase: 'validating' });
  taken();
  await batches.update('m', 'b001', { jobStatus: 'inProgress' });
  expect(taken()).toBe(2);
  expect(await batches.get('m', 'b001')).toEqual({
    ...aBatch('m', 'b001'),
    attempt: 7,
    phase: 'validating',
    jobStatus: 'inProgress',
    message: 'one',
  });

  await batchTable(table).update('m', 'b001', { attempt: 8 });
  expect(
    await batches.updateWhen('m', 'b001', ({ attempt }) => attempt === 8, { message: 'eight' }),
  ).toBe(true);
  await batchTable(table).update('m', 'b001', { attempt: 9 });
  expect(
    await batches.updateWhen('m', 'b001', ({ attempt }) => attempt === 8, {
      message: 'still eight',
    }),
  ).toBe(false);
  expect(await batches.get('m', 'b001')).toMatchObject({ attempt: 9, message: 'eight' });

  await table.deleteEntity('m', '00001');
  await expect(batches.update('m', 'b001', { attempt: 10 })).rejects.toThrow(
    'the row does not exist',
  );
});

it('writes what does not depend on the row with one call, whether or not it has seen the row', async () => {
  const { table, taken } = await countedTable('merges');
  await batchTable(table).insertMissing([aBatch('m', 'b001')]);
  taken();
  const long = 'x'.repeat(70_000);
  await batchTable(table).update('m', 'b001', { message: long });
  // Several columns: the row is read, so that no column of an earlier text stays.
  expect(taken()).toBe(2);
  expect(await batchTable(table).get('m', 'b001')).toMatchObject({ message: long });
  taken();
  await batchTable(table).update('m', 'b001', { message: 'short', attempt: 2 });
  expect(taken()).toBe(1);
  const batches = batchTable(table);
  expect(await batches.get('m', 'b001')).toMatchObject({ message: 'short', attempt: 2 });
  await batches.update('m', 'b001', { message: null });
  expect(await batches.get('m', 'b001')).toMatchObject({ message: null, attempt: 2 });
  await expect(batchTable(table).update('m', 'b009', { message: 'a' })).rejects.toThrow(
    'the row does not exist',
  );
});

it('gives a batch room with two calls and takes it back with two, and says no only after it has read the sum', async () => {
  const { table, taken } = await countedTable('quota');
  const quota = quotaTable(table);
  const other = quotaTable(table);
  const batch = (batchId: string) => ({ migrationId: 'm', batchId, taskId: null });
  await quota.hold(batch('b001'), 100, Infinity);
  taken();
  await quota.hold(batch('b002'), 100, Infinity);
  expect(taken()).toBe(2);
  await quota.releaseBatch('m', 'b001');
  expect(taken()).toBe(2);

  await other.releaseBatch('m', 'b002');
  expect(await quota.hold(batch('b003'), 60, 100)).toBe(60);
  expect(await quota.hold(batch('b004'), 60, 100)).toBeUndefined();
  expect(await other.count()).toBe(60);
});

it('reads one row of the commands of a batch as long as nothing is asked, however many results the others have given', async () => {
  const { table, taken } = await countedTable('commands');
  const commands = commandTable(table);
  const other = commandTable(table);
  const result = (
    n: number,
    batchId: string,
    verdict: CommandResult['verdict'],
  ): CommandResult => ({
    migrationId: 'm',
    commandId: aCommand('m', n).commandId,
    batchId,
    verdict,
    detail: 'd',
    decidedAt: at(3),
  });
  expect((await commands.readBatchLog('m', 'b001')).commands).toEqual([]);
  expect(taken()).toBe(1);
  await other.add(aCommand('m', 1, { targets: ['b001', 'b002'] }));
  taken();
  // What was asked, and what this batch has answered.
  await commands.readBatchLog('m', 'b001');
  expect(taken()).toBe(3);
  await commands.readBatchLog('m', 'b003');
  expect(taken()).toBe(1);
  for (let n = 1; n <= 30; n += 1)
    await other.recordResult(result(1, `b${String(n + 100)}`, 'applied'));
  await other.recordResult(result(1, 'b001', 'unconfirmed'));
  taken();
  for (const verdict of ['unconfirmed', 'applied', 'applied'] as const) {
    if (verdict === 'applied') await other.recordResult(result(1, 'b001', verdict));
    taken();
    expect((await commands.readBatchLog('m', 'b001')).results).toEqual([
      result(1, 'b001', verdict),
    ]);
    if (verdict === 'unconfirmed') expect(taken()).toBe(2);
  }
  taken();
  expect((await commands.readBatchLog('m', 'b001')).results).toHaveLength(1);
  expect(taken()).toBe(1);
  await other.add(aCommand('m', 2, { targets: ['b002'] }));
  taken();
  expect((await commands.readBatchLog('m', 'b001')).commands).toHaveLength(2);
  expect(taken()).toBe(3);
});

it('finds one task of many with two calls, one that was added with three, and says with two that there is none', async () => {
  const { table, taken } = await countedTable('places');
  const tasks = taskTable(table);
  const planned = Array.from({ length: 250 }, (_, n) => aTask('m', 'b001', n));
  await tasks.insertMissing(planned, { isIndexed: true });
  expect(taken()).toBe(3);
  await tasks.insertTaskIndex('m', planned);
  await tasks.insertMissing([aTask('m', 'b002', 250)]);
  taken();
  const find = async (n: number): Promise<unknown> => [
    (await tasks.find('m', aTask('m', 'b001', n).taskId))?.batchId,
    taken(),
  ];
  expect([await find(249), await find(250), await find(251)]).toEqual([
    ['b001', 2],
    ['b002', 3],
    [undefined, 2],
  ]);
});

it('writes the places of a plan in few rows, however many tasks it has, and once', async () => {
  const { table, taken } = await countedTable('plan');
  const tasks = taskTable(table);
  const places = Array.from({ length: 20_000 }, (_, n) =>
    aTask('m', `b${String(Math.floor(n / 100) + 1).padStart(3, '0')}`, n),
  );
  await tasks.insertTaskIndex('m', places);
  expect(taken()).toBe(3);
  await tasks.insertTaskIndex(
    'm',
    places.map((place) => ({ ...place, batchId: 'b999' })),
  );
  taken();
  // Where the task has no row yet it is looked for under all of its migration.
  expect(await tasks.find('m', places[17_050]?.taskId ?? '')).toBeUndefined();
  await tasks.insertMissing(places.slice(17_000, 17_100), { isIndexed: true });
  expect(await tasks.find('m', places[17_050]?.taskId ?? '')).toEqual(places[17_050]);
});

it('finds a task whose plan was made twice, with another batch the second time', async () => {
  const { table } = await countedTable('replanned');
  const tasks = taskTable(table);
  await tasks.insertMissing([aTask('m', 'b002', 1)]);
  await table.deleteEntity('m', `00002.${aTask('m', 'b002', 1).taskId}`);
  expect(await tasks.find('m', aTask('m', 'b002', 1).taskId)).toBeUndefined();
  await tasks.insertMissing([aTask('m', 'b003', 1)]);
  expect(await tasks.find('m', aTask('m', 'b002', 1).taskId)).toEqual(aTask('m', 'b003', 1));
});
