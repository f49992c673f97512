import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installClock } from '../../../local/clock/installClock.ts';
import { SteppedClock } from '../../../local/clock/steppedClock.ts';
import type { AuditEntry } from '../../../shared/contracts/audit.ts';
import { firstBrokenSequence } from '../../../shared/storage/events.ts';
import type { Stores } from '../../../shared/storage/stores.ts';
import { aLargeRequest } from './acceptContract.ts';
import { aMigration, taken } from './sampleRows.ts';
import { openStorageAccount, type StorageAccount } from './storageAccount.ts';

// One account for all of these tests: each writes migrations of its own.
let account: StorageAccount;
let stores: Stores;
beforeAll(async () => {
  account = await openStorageAccount();
  ({ stores } = account);
  await stores.prepare();
});
afterAll(() => account.close());

it('takes a small request in by one call of storage, a large one by three, and leaves no blob of a large one that came too late', async () => {
  let calls = 0;
  const count = (): void => void (calls += 1);
  const callsOf = async (work: Promise<unknown>): Promise<number> => {
    calls = 0;
    await work;
    return calls;
  };
  subscribe('http.client.request.start', count);
  try {
    expect(await callsOf(stores.migrations.accept(taken(aMigration('m-small'))))).toBe(1);
    expect(await callsOf(stores.requests.load('m-small'))).toBe(2);
    expect(await callsOf(stores.migrations.get('m-small'))).toBe(1);
    expect(
      await callsOf(stores.migrations.accept(taken(aMigration('m-large'), aLargeRequest('large')))),
    ).toBe(3);
  } finally {
    unsubscribe('http.client.request.start', count);
  }
  const requests = BlobServiceClient.fromConnectionString(
    account.connectionString,
  ).getContainerClient('requests');
  const races = [1, 2, 3].map((n) => taken(aMigration('m-late'), aLargeRequest('late', n)));
  const won = (await Promise.all(races.map((race) => stores.migrations.accept(race)))).flatMap(
    ({ inserted, claim }) => (inserted ? [claim.fingerprint] : []),
  );
  const names = [];
  for await (const { name } of requests.listBlobsFlat({ prefix: 'm-late' })) names.push(name);
  expect(names).toEqual(won.map((fingerprint) => `m-late.${fingerprint}.json`));
});

it('takes requests that come at the same time in by few calls, each as if it had come alone', async () => {
  await stores.migrations.accept(taken(aMigration('m-first'), undefined, 'taken before'));
  let calls = 0;
  const count = (): void => void (calls += 1);
  const many = Array.from({ length: 30 }, (_, n) => taken(aMigration(`m-many-${String(n)}`)));
  subscribe('http.client.request.start', count);
  try {
    expect(
      (await Promise.all(many.map((one) => stores.migrations.accept(one)))).every(
        ({ inserted }) => inserted,
      ),
    ).toBe(true);
    expect(calls).toBeLessThanOrEqual(4);
  } finally {
    unsubscribe('http.client.request.start', count);
  }
  // Whose key is taken, before or by another one of these, keeps nobody out.
  const mixed = ['taken before', 'a', 'b', 'b', 'c'].map((key, n) =>
    taken(aMigration(`m-mixed-${String(n)}`), undefined, key),
  );
  const answers = await Promise.all([
    stores.migrations.accept(taken(aMigration('m-mixed'))),
    ...mixed.map((one) => stores.migrations.accept(one)),
  ]);
  expect(answers.map(({ inserted }) => inserted).filter(Boolean)).toHaveLength(4);
  expect(answers[1]).toEqual({
    inserted: false,
    claim: taken(aMigration('m-first'), undefined, 'taken before').claim,
  });
  for (const { inserted, claim } of answers)
    if (inserted) expect(await stores.migrations.get(claim.migrationId)).toBeDefined();
  expect(answers[3]?.claim).toEqual(answers[4]?.claim);
});

it('takes a large request in over what a crash between its blob and its row has left', async () => {
  const large = taken(aMigration('m-left'), aLargeRequest('left'));
  const requests = BlobServiceClient.fromConnectionString(
    account.connectionString,
  ).getContainerClient('requests');
  await requests.getBlockBlobClient(`m-left.${large.claim.fingerprint}.json`).upload('{', 1);
  expect((await stores.migrations.accept(large)).inserted).toBe(true);
  expect(await stores.requests.load('m-left')).toEqual(large.request);
});

it('gives room in the queue of moves for no more than the limit when two processes ask', async () => {
  const other = account.otherStores();
  const holder = (n: number) => ({ migrationId: 'm', batchId: 'b001', taskId: `t${String(n)}` });
  const given = await Promise.all(
    Array.from({ length: 24 }, (_, n) =>
      (n % 2 === 0 ? stores : other).quota.hold(holder(n % 20), 1, 7),
    ),
  );
  // Some have asked twice, once in each process.
  const holders = new Set(given.flatMap((moves, n) => (moves === 1 ? [n % 20] : [])));
  expect([holders.size, await other.quota.count()]).toEqual([7, 7]);
  await Promise.all(
    [...holders].flatMap((n) => [stores.quota.release(holder(n)), other.quota.release(holder(n))]),
  );
  expect(await stores.quota.count()).toBe(0);
});

it('chains what two processes put on record at the same time, and again, each once', async () => {
  const other = account.otherStores();
  const entry = (n: number): AuditEntry => ({
    eventId: `e${String(n)}`,
    type: 't',
    at: '2026-11-20T08:00:00.000Z',
    by: null,
    batchId: null,
    jobId: null,
    taskId: null,
    detail: null,
  });
  for (let runCommandId = 0; runCommandId < 3; runCommandId += 1) {
    await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        (n % 2 === 0 ? stores : other).audit.append('m', entry(runCommandId * 20 + (n % 40))),
      ),
    );
    // What is on record already is refused as one that comes with others, and as one that comes alone.
    await stores.audit.append('m', entry(runCommandId));
  }
  const { items } = await stores.audit.list('m', { pageSize: 1_000 });
  expect(new Set(items.map(({ eventId }) => eventId))).toEqual(
    new Set(Array.from({ length: 80 }, (_, n) => `e${String(n)}`)),
  );
  expect(items).toHaveLength(80);
  expect(firstBrokenSequence(items)).toBeUndefined();
});

it('fails a ping when the account cannot be reached, and works on a clock that is far from real time', async () => {
  const own = await openStorageAccount();
  const undo = installClock(new SteppedClock(Date.UTC(2030, 0, 1)));
  try {
    await own.stores.prepare();
    await own.stores.ping();
  } finally {
    undo();
    await own.close();
  }
  await expect(own.stores.ping()).rejects.toThrow();
});
