import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../../local/stack/azurite/startAzurite.ts';
import { requestRejected } from '../../../shared/domain/outcomeEvent.ts';
import { createStores } from '../../../shared/storage/azureStores.ts';
import type { Stores } from '../../../shared/storage/stores.ts';
import { createMemoryStores } from '../../memoryStores/memoryStores.ts';
import { aLargeRequest } from '../../shared/storage/acceptContract.ts';
import {
  aBatch,
  aCommand,
  aDecision,
  aMigration,
  anApproval,
  at,
  aTask,
  taken,
} from '../../shared/storage/sampleRows.ts';
import {
  countedRequests,
  type Requests,
  type StorageKind,
  storageKinds,
} from './storageRequests.ts';

const large = taken(aMigration('m2'), aLargeRequest('large'));
const holder = { migrationId: 'm1', batchId: 'b001', taskId: null };
const tasks = Array.from({ length: 120 }, (_, n) => aTask('m1', 'b001', n + 1));
const rejection = {
  id: 'r1',
  source: 'queue',
  code: 'notJson',
  detail: 'no JSON',
  errors: [],
  replayedAt: null,
  migrationId: null,
  rejectedAt: at(1),
  lastRejectedAt: at(1),
  count: 1,
} as const;

const entry = (eventId: string) => ({
  eventId,
  at: at(1),
  type: 'job.status',
  by: null,
  batchId: null,
  taskId: null,
  jobId: null,
  detail: 'x',
});

/** Every call that a programme makes, and some more, in an order in which each finds what it needs. */
const calls: readonly (readonly [string, (stores: Stores) => Promise<unknown>])[] = [
  ['accept', ({ migrations }) => migrations.accept(taken(aMigration('m1')))],
  ['accept again', ({ migrations }) => migrations.accept(taken(aMigration('m1')))],
  ['load', ({ requests }) => requests.load('m1')],
  ['accept a large one', ({ migrations }) => migrations.accept(large)],
  ['accept a large one again', ({ migrations }) => migrations.accept(large)],
  ['load a large one', ({ requests }) => requests.load('m2')],
  ['get', ({ migrations }) => migrations.get('m1')],
  ['update', ({ migrations }) => migrations.update('m1', { phase: 'running' })],
  ['change a migration', ({ migrations }) => migrations.change('m1', () => ({ phase: 'running' }))],
  ['change no migration', ({ migrations }) => migrations.change('m1', () => undefined)],
  ['list', ({ migrations }) => migrations.list({ pageSize: 200 })],
  ['list unstarted', ({ migrations }) => migrations.listUnstarted()],
  ['list running', ({ migrations }) => migrations.listRunning()],
  [
    'insert batches',
    ({ batches }) => batches.insertMissing([aBatch('m1', 'b001'), aBatch('m1', 'b002')]),
  ],
  ['get a batch', ({ batches }) => batches.get('m1', 'b001')],
  ['update a batch', ({ batches }) => batches.update('m1', 'b001', { phase: 'creating' })],
  [
    'update when',
    ({ batches }) => batches.updateWhen('m1', 'b001', () => true, { phase: 'syncing' }),
  ],
  [
    'update when not',
    ({ batches }) => batches.updateWhen('m1', 'b001', () => false, { phase: 'syncing' }),
  ],
  ['change', ({ batches }) => batches.change('m1', 'b001', () => ({ phase: 'syncing' }))],
  ['list batches', ({ batches }) => batches.list('m1')],
  ['insert tasks', (stores) => stores.tasks.insertMissing(tasks, { isIndexed: true })],
  ['insert places', (stores) => stores.tasks.insertTaskIndex('m1', tasks)],
  ['add a task', (stores) => stores.tasks.insertMissing([aTask('m1', 'b002', 200)])],
  ['save tasks', (stores) => stores.tasks.save(tasks.slice(0, 30))],
  ['save a task', (stores) => stores.tasks.save(tasks.slice(0, 1))],
  [
    'save tasks that were read',
    (stores) => stores.tasks.save(tasks.slice(0, 30), tasks.slice(0, 30)),
  ],
  ['list a batch', (stores) => stores.tasks.listBatch('m1', 'b001')],
  ['list an empty batch', (stores) => stores.tasks.listBatch('m1', 'b002')],
  ['list open', (stores) => stores.tasks.listOpen('m1', 'b001')],
  ['list tasks', (stores) => stores.tasks.list('m1', { pageSize: 50 })],
  ['get a task', (stores) => stores.tasks.get('m1', 'b001', tasks[0]?.taskId ?? '')],
  ['find a task', (stores) => stores.tasks.find('m1', tasks[0]?.taskId ?? '')],
  ['find no task', (stores) => stores.tasks.find('m2', tasks[0]?.taskId ?? '')],
  ['book', ({ commands }) => commands.readLog('m1')],
  ['book of a batch', ({ commands }) => commands.readBatchLog('m1', 'b001')],
  ['ask approval', ({ commands }) => commands.askApproval(anApproval('m1', 1))],
  ['decide', ({ commands }) => commands.decide(aDecision('m1', 1))],
  ['add a command', ({ commands }) => commands.add(aCommand('m3', 1, { targets: ['b001'] }))],
  ['list unsettled', ({ commands }) => commands.listFollowUps()],
  [
    'completeFollowUp',
    async ({ commands }) =>
      Promise.all(
        (await commands.listFollowUps()).map((one) => commands.completeFollowUp(one, 'recorded')),
      ),
  ],
  [
    'claim users',
    ({ commands }) =>
      commands.claimUsers(
        'm1',
        'c1',
        tasks.map(({ taskId }) => taskId),
      ),
  ],
  ['append', ({ audit }) => audit.append('m1', entry('e1'))],
  ['append more', ({ audit }) => audit.append('m1', entry('e2'))],
  ['events', ({ audit }) => audit.list('m1', { pageSize: 50 })],
  [
    'append an anchor',
    ({ anchors }) => anchors.append({ migrationId: 'm1', sequence: 2, hash: 'f', at: at(1) }),
  ],
  ['list anchors', ({ anchors }) => anchors.list()],
  ['count quota', ({ quota }) => quota.count()],
  ['hold', ({ quota }) => quota.hold(holder, 100, 4_000)],
  ['find', ({ quota }) => quota.find(holder)],
  ['release a batch', ({ quota }) => quota.releaseBatch('m1', 'b001')],
  [
    'reserve',
    ({ users }) =>
      users.reserve(
        { ...holder, run: 1 },
        tasks.map(({ taskId }) => ({ key: taskId, moveAgain: false })),
        at(1),
      ),
  ],
  [
    'release',
    ({ users }) =>
      users.release(
        { ...holder, run: 1 },
        tasks.map(({ taskId }) => ({ key: taskId, isMoved: true })),
        at(2),
      ),
  ],
  ['find users', ({ users }) => users.find(tasks.slice(0, 3).map(({ taskId }) => taskId))],
  ['save a rejection', ({ rejections }) => rejections.save({ ...rejection, errors: [] }, 'text')],
  [
    'save a rejection again',
    ({ rejections }) => rejections.save({ ...rejection, errors: [] }, 'text'),
  ],
  ['mark a rejection as told', ({ rejections }) => rejections.markReported('r1', 'told')],
  [
    'mark a rejection',
    ({ rejections }) => rejections.markReplayed('r1', { replayedAt: at(1), migrationId: 'm1' }),
  ],
  ['get a rejection', ({ rejections }) => rejections.get('r1')],
  ['list rejections', ({ rejections }) => rejections.list({ pageSize: 10 })],
  [
    'save a request',
    ({ requests }) => requests.saveAdded('m1', 'c1', [{ targetUserId: tasks[0]?.taskId ?? '' }]),
  ],
  ['load a request', ({ requests }) => requests.loadAdded('m1', 'c1')],
  ['save whom an approval covers', ({ requests }) => requests.saveApproved('m1', '1-a', ['one'])],
  ['load whom an approval covers', ({ requests }) => requests.loadApproved('m1', '1-a')],
  ['load an inbox', ({ requests }) => requests.loadInbox('left.json', 1_000)],
  ['load a missing inbox', ({ requests }) => requests.loadInbox('none.json', 1_000)],
  ['send', ({ outcomes }) => outcomes.send(requestRejected({ ...rejection, errors: [] }, 'e1'))],
  ['receive poison', ({ poison }) => poison.receive()],
  [
    'delete poison',
    ({ poison }) => poison.delete({ messageId: 'gone', popReceipt: 'gone', text: '' }),
  ],
];

let azurite: Azurite;
const dataDir = mkdtempSync(join(tmpdir(), 'requests-'));
beforeAll(async () => {
  azurite = await startAzurite({ dataDir });
});
afterAll(async () => {
  await azurite.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const service = (port: number): string =>
  /(Blob|Queue|Table)Endpoint=[^;]*$/.exec(
    azurite.connectionString.slice(0, azurite.connectionString.indexOf(`:${String(port)}/`)),
  )?.[1] ?? 'none';

/** What a request on the wire is to whoever pays for it. */
function kindOf(request: ClientRequest): StorageKind {
  const { method, path } = request;
  const isRead = method === 'GET' || method === 'HEAD';
  switch (service(Number(/:(\d+)$/.exec(String(request.getHeader('host')))?.[1]))) {
    case 'Blob':
      return isRead ? 'blobReads' : 'blobWrites';
    case 'Queue':
      return 'queueMessages';
    default:
      if (path.endsWith('$batch')) return 'tableBatches';
      return !isRead ? 'tableWrites' : path.includes('()') ? 'tableQueries' : 'tableReads';
  }
}

it('knows the requests that each call of the stores sends to a storage account', async () => {
  const stores = createStores({
    kind: 'connectionString',
    connectionString: azurite.connectionString,
  });
  await stores.prepare();
  await BlobServiceClient.fromConnectionString(azurite.connectionString)
    .getContainerClient('migration-requests')
    .getBlockBlobClient('left.json')
    .upload('{}', 2);
  // A process that has been at it for a while: it knows the sum, the end of the chain and the salt.
  await stores.users.find(['nobody']);
  const other = { ...holder, batchId: 'b009' };
  await stores.quota.hold(other, 1, 4_000);
  await stores.quota.release(other);
  await stores.audit.append('m1', entry('e0'));
  await stores.anchors.append({ migrationId: 'm1', sequence: 1, hash: 'e', at: at(1) });
  const memory = createMemoryStores();
  await memory.anchors.append({ migrationId: 'm1', sequence: 1, hash: 'e', at: at(1) });
  memory.putInbox('left.json', '{}');
  let sent: Requests = {};
  let counted: Requests = {};
  const onRequest = (message: unknown): void => {
    const kind = kindOf((message as { readonly request: ClientRequest }).request);
    sent = { ...sent, [kind]: (sent[kind] ?? 0) + 1 };
  };
  const twin = countedRequests(memory, (requests) => {
    for (const kind of storageKinds)
      if (requests[kind] !== undefined)
        counted = { ...counted, [kind]: (counted[kind] ?? 0) + requests[kind] };
  });
  subscribe('http.client.request.start', onRequest);
  try {
    for (const [name, call] of calls) {
      [sent, counted] = [{}, {}];
      await call(stores);
      await call(twin);
      expect([name, counted]).toEqual([name, sent]);
    }
  } finally {
    unsubscribe('http.client.request.start', onRequest);
  }
});
