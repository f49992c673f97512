import { odata } from '@azure/data-tables';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ledgerTable, type UserLedger } from '../../../shared/storage/ledger.ts';
import { allRows } from '../../../shared/storage/rows.ts';
import { at } from './sampleRows.ts';
import { CrashError, openTables } from './tableUnderTest.ts';

let tables: Awaited<ReturnType<typeof openTables>>;
beforeAll(async () => {
  tables = await openTables();
  await tables.open('users').createTable();
});
afterAll(() => tables.close());

const holder = (migrationId: string, batchId = 'b001', run = 1) => ({ migrationId, batchId, run });
const names = (prefix: string, count = 100): string[] =>
  Array.from({ length: count }, (_, n) => `user:${prefix}-${String(n)}`);
const wanted = (keys: readonly string[], moveAgain = false) =>
  keys.map((key) => ({ key, moveAgain }));
const ended = (keys: readonly string[], isMoved: boolean) => keys.map((key) => ({ key, isMoved }));

it('reserves a hundred users with two calls and lets go of them with two, and with few from another process', async () => {
  const methods: string[] = [];
  const process = () =>
    ledgerTable(tables.open('users', { method: (method) => methods.push(method) }));
  const taken = (): string => methods.splice(0).join(' ');
  const ledger = process();
  // What is needed once: the salt.
  await ledger.find(['user:nobody']);
  taken();
  const users = names('calls');
  await ledger.reserve(holder('m-calls'), wanted(users), at(1));
  expect(taken()).toBe('POST POST');
  await ledger.release(holder('m-calls'), ended(users, false), at(2));
  expect(taken()).toBe('POST POST');

  const other = process();
  await other.find(['user:nobody']);
  taken();
  await ledger.reserve(holder('m-calls', 'b001', 2), wanted(users), at(1));
  taken();
  await other.release(holder('m-calls', 'b001', 2), ended(users, true), at(2));
  expect(taken()).toBe('GET POST POST');
  // A run that a third process begins: what it takes the guard to be is refused once.
  await process().reserve(holder('m-calls', 'b001', 3), wanted(names('more', 90)), at(3));
  expect(taken()).toBe('GET POST GET POST');
});

it('keeps no name of a user, only an HMAC with a salt of its own', async () => {
  const ledger = ledgerTable(tables.open('users'));
  await ledger.reserve(holder('m-names'), wanted(['user:secret-name']), at(1));
  const rows = await allRows(
    tables.open('users'),
    odata`PartitionKey eq ${'users'} and migrationId eq ${'m-names'}`,
  );
  expect(rows).toEqual([
    expect.objectContaining({
      rowKey: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      state: 'reserved',
    }),
  ]);
  const everything = JSON.stringify(await allRows(tables.open('users'), ''));
  expect(everything).not.toContain('secret-name');
  expect(await allRows(tables.open('users'), odata`PartitionKey eq ${'salt'}`)).toHaveLength(1);
});

it('lets processes that begin at the same time agree on the salt', async () => {
  await tables.open('salted').createTable();
  const processes = Array.from({ length: 6 }, () => ledgerTable(tables.open('salted')));
  const conflicts = await Promise.all(
    processes.map((ledger, n) =>
      ledger.reserve(holder(`m-${String(n)}`), wanted(['user:one']), at(1)),
    ),
  );
  expect(conflicts.filter(({ size }) => size === 0)).toHaveLength(1);
});

it('lets twenty batches of two processes, and twenty writers of one batch, all get through', async () => {
  const [one, other] = [ledgerTable(tables.open('users')), ledgerTable(tables.open('users'))];
  const process = (n: number) => (n % 2 === 0 ? one : other);
  const all = names('writers', 40);
  await Promise.all(
    all
      .slice(0, 20)
      .map((key, n) => process(n).reserve(holder(`m-writer${String(n)}`), wanted([key]), at(1))),
  );
  await Promise.all(
    all.slice(20).map((key, n) => process(n).reserve(holder('m-writers'), wanted([key]), at(1))),
  );
  expect((await one.find(all)).size).toBe(40);
  await Promise.all(
    all
      .slice(20)
      .flatMap((key, n) => [
        one.release(holder('m-writers'), ended([key], n % 2 === 0), at(2)),
        other.release(holder('m-writers'), ended([key], n % 2 === 0), at(2)),
      ]),
  );
  expect((await one.find(all.slice(20))).size).toBe(10);
});

it('can be called again after a crash between any two calls, and has the same result', async () => {
  const outcomeOf = async (
    prefix: string,
    crashAfter: number,
  ): Promise<{ readonly crashed: boolean; readonly found: readonly unknown[] }> => {
    const users = names(prefix, 120);
    const [first, second] = [holder(`m-${prefix}-a`), holder(`m-${prefix}-b`)];
    const before = ledgerTable(tables.open('users'));
    await before.reserve(first, wanted(users.slice(0, 2)), at(1));
    await before.release(first, ended(users.slice(1, 2), true), at(1));
    const again = ledgerTable(tables.open('users'));
    const dying = ledgerTable(tables.open('users', { crashAfter }));
    let crashed = false;
    const twiceAtMost = async <Result>(
      work: (ledger: UserLedger) => Promise<Result>,
    ): Promise<Result> => {
      try {
        return await work(crashed ? again : dying);
      } catch (error) {
        if (!(error instanceof CrashError)) throw error;
        crashed = true;
        return work(again);
      }
    };
    const conflicts = await twiceAtMost((ledger) =>
      ledger.reserve(
        second,
        users.map((key, n) => ({ key, moveAgain: n === 1 })),
        at(2),
      ),
    );
    expect([...conflicts.keys()]).toEqual(users.slice(0, 1));
    await twiceAtMost((ledger) =>
      ledger.release(
        second,
        users.map((key, n) => ({ key, isMoved: n % 3 === 0 })),
        at(3),
      ),
    );
    const found = await again.find(users);
    return {
      crashed,
      found: users
        .map((key) => found.get(key))
        .map((entry) => (entry === undefined ? null : [entry.migrationId.slice(-1), entry.state])),
    };
  };
  const whole = await outcomeOf('whole', 10_000);
  expect([whole.crashed, ...whole.found.slice(0, 4)]).toEqual([
    false,
    ['a', 'reserved'],
    ['a', 'moved'],
    null,
    ['b', 'moved'],
  ]);
  // The salt, the first try, the guard, the reads of 98 users, the writes: each of the writes and what lies between them.
  const moments = [1, 2, 3, 4, 60, 101, 102, 103, 104, 105, 106, 107, 108];
  const crashes = [];
  for (const moment of moments) {
    const { crashed, found } = await outcomeOf(`crash${String(moment)}`, moment);
    expect(found, `crash after call ${String(moment)}`).toEqual(whole.found);
    crashes.push(crashed);
  }
  expect(crashes.filter(Boolean).length).toBeGreaterThan(9);
});
