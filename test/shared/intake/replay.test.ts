import { beforeEach, expect, it } from 'vitest';
import { acceptMessage } from '../../../shared/intake/messages.ts';
import { rejectionId } from '../../../shared/intake/rejections.ts';
import { replayRejection } from '../../../shared/intake/replay.ts';
import { createMemoryStores, type MemoryStores } from '../../memoryStores/memoryStores.ts';

const text = '{"requestBlob":"late.json"}';
const id = rejectionId(text);

let stores: MemoryStores;
let started: string[];
const services = () => ({
  stores,
  nowMs: () => Date.parse('2026-11-20T08:00:00Z'),
  targetTenantId: '99999999-8888-7777-6666-555555555555',
  batchSize: 100,
  maxRequestBytes: 10_000,
  start: (id: string) => Promise.resolve(void started.push(id)),
});
const request = {
  kind: 'users',
  name: 'late',
  sourceTenantId: '11111111-2222-3333-4444-555555555555',
  users: ['aaaaaaaa-0000-4000-8000-000000000001'],
  workloads: ['Teams'],
};

beforeEach(() => {
  stores = createMemoryStores();
  started = [];
});

it('takes a message whose blob has come after all, once however often it is asked', async () => {
  expect(await acceptMessage({ text }, services())).toMatchObject({ kind: 'rejected' });
  expect(await replayRejection(id, services())).toMatchObject({
    kind: 'rejected',
    rejection: { code: 'requestBlobMissing' },
  });
  stores.putInbox('late.json', JSON.stringify(request));
  const replays = [await replayRejection(id, services()), await replayRejection(id, services())];
  expect(replays[0]).toMatchObject({ kind: 'accepted' });
  expect(replays[1]).toEqual(replays[0]);
  expect((await stores.migrations.list({ pageSize: 10 })).items).toHaveLength(1);
  const migrationId = started[0];
  expect(new Set(started).size).toBe(1);
  expect((await stores.rejections.list({ pageSize: 10 })).items).toMatchObject([
    { id, migrationId, replayedAt: '2026-11-20T08:00:00.000Z', count: 1 },
  ]);
  expect((await stores.audit.list(migrationId ?? '', { pageSize: 10 })).items).toMatchObject([
    { sequence: 1, type: 'request.accepted' },
    { type: 'request.replayed', detail: 'previously rejected as requestBlobMissing' },
  ]);
});

it.each(['markReplayed', 'append'] as const)(
  'has its migration and its trail after a crash instead of %s, once it is replayed again',
  async (lost) => {
    await acceptMessage({ text }, services());
    stores.putInbox('late.json', JSON.stringify(request));
    const crash = (): Promise<never> => Promise.reject(new Error('crash'));
    const dying =
      lost === 'append'
        ? { ...stores, audit: { ...stores.audit, append: crash } }
        : { ...stores, rejections: { ...stores.rejections, markReplayed: crash } };
    await expect(replayRejection(id, { ...services(), stores: dying })).rejects.toThrow('crash');
    expect(await replayRejection(id, services())).toMatchObject({
      kind: 'accepted',
      migrationId: started[0],
    });
    expect(
      (await stores.audit.list(started[0] ?? '', { pageSize: 10 })).items.map(({ type }) => type),
    ).toEqual(['request.accepted', 'request.replayed']);
    expect((await stores.rejections.get(id))?.rejection.migrationId).toBe(started[0]);
  },
);

it('knows no message that was never refused', async () => {
  expect(await replayRejection('m2', services())).toEqual({ kind: 'notFound' });
});
