import { expect, it } from 'vitest';
import { inParallel } from '../../../shared/storage/calls.ts';
import { lruCache } from '../../../shared/storage/table.ts';

it('forgets what was used least recently once there is too much', () => {
  const values = lruCache<string>(10, (value) => value.length);
  values.set('a', 'aaaa');
  values.set('b', 'bbbb');
  expect(values.get('a')).toBe('aaaa');
  values.set('c', 'cccc');
  expect(['a', 'b', 'c'].map((key) => values.get(key))).toEqual(['aaaa', undefined, 'cccc']);
  values.set('a', 'a');
  values.set('b', 'bb');
  expect(['a', 'b', 'c'].map((key) => values.get(key))).toEqual(['a', 'bb', 'cccc']);
  values.set('d', 'more than there is room for');
  expect(['a', 'b', 'c', 'd'].map((key) => values.get(key))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

it('works on a few items at a time and gives the results in their order', async () => {
  let underWay = 0;
  let most = 0;
  const results = await inParallel(3, [5, 1, 4, 2, 3, 0], async (item) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setTimeout(resolve, item));
    underWay -= 1;
    return item * 2;
  });
  expect([results, most]).toEqual([[10, 2, 8, 4, 6, 0], 3]);
});

it('begins nothing more once the work for an item has failed', async () => {
  const begun: number[] = [];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    await new Promise((resolve) => setTimeout(resolve, item));
    if (item === 1) throw new Error('failed');
  };
  await expect(inParallel(2, [5, 1, 4, 2], work)).rejects.toThrow('failed');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(begun).toEqual([5, 1]);
});
