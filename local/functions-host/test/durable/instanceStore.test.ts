import { expect, it } from 'vitest';
import type { Instance } from '../../durable/instance.ts';
import { InstanceStore, pack, unpack } from '../../durable/instanceTable.ts';

const instance = (n: number): Instance => ({
  instanceId: `i${String(n)}`,
  executionId: `e${String(n)}`,
  name: 'any',
  version: '',
  input: '{"a":1}',
  parent: null,
  status: 'Running',
  customStatus: null,
  output: null,
  createdAtMs: n,
  updatedAtMs: n,
  history: Array.from({ length: 20 }, (_, event) => ({
    EventType: 5,
    EventId: -1,
    Timestamp: '2026-11-20T08:00:00.000Z',
    TaskScheduledId: event,
    Result: `"Grüße ${String(n)} 世界"`,
  })),
  inbox: [],
  cancelledTimers: [],
});

it('returns every instance complete, however long ago it was used', () => {
  const store = new InstanceStore(2);
  for (let n = 1; n <= 5; n += 1) store.set(`i${String(n)}`, instance(n));
  for (const n of [1, 5, 3, 1]) expect(store.get(`i${String(n)}`)).toEqual(instance(n));
  expect([...store.values()].map((one) => ({ ...one }))).toEqual([1, 2, 3, 4, 5].map(instance));
});

it('stores the latest version of an instance', () => {
  const store = new InstanceStore(1);
  store.set('i1', instance(1));
  store.set('i2', instance(2));
  store.set('i1', { ...instance(1), status: 'Completed' });
  store.set('i3', instance(3));
  expect(store.get('i1')).toEqual({ ...instance(1), status: 'Completed' });
  store.delete('i1');
  expect(store.get('i1')).toBeUndefined();
  expect(store.get('i2')).toEqual(instance(2));
});

it('packs a history to an eighth or less', () => {
  const { history } = instance(1);
  expect(pack(history).length).toBeLessThan(JSON.stringify(history).length / 8);
  expect(unpack(pack(history))).toEqual(history);
});
