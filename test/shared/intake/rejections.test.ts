import { beforeEach, expect, it } from 'vitest';
import { outcomeEventSchema } from '../../../shared/contracts/outcomeEvent.ts';
import { recordPoison } from '../../../shared/intake/messages.ts';
import {
  recordRejection,
  type RejectedMessage,
  rejectionId,
} from '../../../shared/intake/rejections.ts';
import { createMemoryStores, type MemoryStores } from '../../memoryStores/memoryStores.ts';

const startMs = Date.parse('2026-11-20T08:00:00Z');
const refused: RejectedMessage = {
  source: 'queue',
  code: 'notJson',
  detail: 'd',
  errors: [],
  text: 'no json',
};

let stores: MemoryStores;
let atMs: number;
const services = () => ({ stores, nowMs: () => (atMs += 1_000) });
const record = (changes: Partial<RejectedMessage> = {}) =>
  recordRejection({ ...refused, ...changes }, services());
const told = () =>
  stores.sent.map((event) => {
    const { type, id, data } = outcomeEventSchema.parse(event);
    return type === 'tenant-ferry.request.rejected'
      ? { id, code: data.code, count: data.count }
      : undefined;
  });

beforeEach(() => {
  stores = createMemoryStores();
  atMs = startMs - 1_000;
});

it('keeps one record of equal messages, with how often and when they were refused', async () => {
  for (let n = 0; n < 3; n += 1) await record();
  await record({ text: 'another' });
  const { items } = await stores.rejections.list({ pageSize: 10 });
  expect(
    items.map(({ id, count, rejectedAt, lastRejectedAt }) => [
      id,
      count,
      rejectedAt,
      lastRejectedAt,
    ]),
  ).toEqual([
    [rejectionId('another'), 1, '2026-11-20T08:00:03.000Z', '2026-11-20T08:00:03.000Z'],
    [rejectionId('no json'), 3, '2026-11-20T08:00:00.000Z', '2026-11-20T08:00:02.000Z'],
  ]);
  expect(items.every(({ id }) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
});

it('tells of a message that comes again and again at powers of ten, and of another reason at once', async () => {
  for (let n = 0; n < 120; n += 1) await record();
  await record({ code: 'conflict' });
  await record({ code: 'conflict' });
  expect(told().map((event) => [event?.code, event?.count])).toEqual([
    ['notJson', 1],
    ['notJson', 10],
    ['notJson', 100],
    ['conflict', 121],
  ]);
  expect(new Set(told().map((event) => event?.id)).size).toBe(4);
});

it('writes what comes at the same moment together', async () => {
  let saves = 0;
  const { rejections } = stores;
  const save: typeof rejections.save = (...given) => ((saves += 1), rejections.save(...given));
  const counted = {
    stores: { ...stores, rejections: { ...rejections, save } },
    nowMs: () => startMs,
  };
  const stored = await Promise.all(
    Array.from({ length: 80 }, () => recordRejection(refused, counted)),
  );
  expect(stored.at(-1)?.count).toBe(80);
  expect(saves).toBe(2);
  expect(told().map((event) => event?.count)).toEqual([1, 80]);
});

it('does not count a replay', async () => {
  await record();
  expect(await record({ isReplay: true })).toMatchObject({
    count: 1,
    lastRejectedAt: '2026-11-20T08:00:01.000Z',
  });
});

it('sends the event after a crash before it was sent, and the same one after a crash behind it', async () => {
  const crash = (): Promise<never> => Promise.reject(new Error('crash'));
  await expect(
    recordRejection(refused, { ...services(), stores: { ...stores, outcomes: { send: crash } } }),
  ).rejects.toThrow('crash');
  expect(told()).toEqual([]);
  await expect(
    recordRejection(refused, {
      ...services(),
      stores: { ...stores, rejections: { ...stores.rejections, markReported: crash } },
    }),
  ).rejects.toThrow('crash');
  await record();
  expect(told().map((event) => event?.count)).toEqual([2, 3]);
  expect(new Set(told().map((event) => event?.id)).size).toBe(1);
});

it('puts what is in the poison queue on record, each with the reason that can be told, and empties the queue', async () => {
  for (const text of ['{"kind":"users"}', 'no json', '']) stores.putPoison(text);
  await recordPoison(services());
  const { items } = await stores.rejections.list({ pageSize: 10 });
  expect(items.map(({ source, code }) => [source, code])).toEqual([
    ['poison', 'messageEmpty'],
    ['poison', 'notJson'],
    ['poison', 'processingFailed'],
  ]);
  expect((await stores.rejections.get(rejectionId('no json')))?.text).toBe('no json');
  expect(await recordPoison(services())).toEqual([]);
});

it('leaves a poison message that cannot be recorded in the queue, and records the others', async () => {
  stores.putPoison('lost');
  stores.putPoison('kept');
  const { rejections } = stores;
  const save: typeof rejections.save = (rejection, text) =>
    text === 'lost' ? Promise.reject(new Error('out of reach')) : rejections.save(rejection, text);
  await expect(
    recordPoison({ ...services(), stores: { ...stores, rejections: { ...rejections, save } } }),
  ).rejects.toThrow(/could not be recorded/);
  expect((await stores.poison.receive()).map(({ text }) => text)).toEqual(['lost']);
  expect(await recordPoison(services())).toEqual([rejectionId('lost')]);
});
