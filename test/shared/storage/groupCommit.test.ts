import { expect, it } from 'vitest';
import { groupCommit } from '../../../shared/storage/calls.ts';

/** A write that ends when it is told to, and what it was given. */
function heldWrites() {
  const groups: {
    readonly key: string;
    readonly items: readonly string[];
    readonly end: (error?: Error) => void;
  }[] = [];
  const write = groupCommit<string>(
    3,
    (key, items) =>
      new Promise((resolve, reject) => {
        groups.push({
          key,
          items,
          end: (error) => {
            if (error === undefined) resolve();
            else reject(error);
          },
        });
      }),
  );
  const given = () => groups.map(({ key, items }) => `${key}: ${items.join(' ')}`);
  return { write, groups, given };
}

it('writes together what comes while a write of its key is under way, in order, and no more than it may', async () => {
  const { write, groups, given } = heldWrites();
  const all = ['a', 'b', 'c', 'd', 'e'].map((item) => write('k', item));
  expect(given()).toEqual(['k: a']);
  groups[0]?.end();
  await all[0];
  expect(given()).toEqual(['k: a', 'k: b c d']);
  groups[1]?.end();
  await all[3];
  groups[2]?.end();
  await Promise.all(all);
  expect(given()).toEqual(['k: a', 'k: b c d', 'k: e']);
  const later = write('k', 'f');
  groups[3]?.end();
  await later;
  expect(given().at(-1)).toBe('k: f');
});

it('keeps no key waiting for another', async () => {
  const { write, groups, given } = heldWrites();
  void write('k', 'a');
  const other = write('l', 'b');
  expect(given()).toEqual(['k: a', 'l: b']);
  groups[1]?.end();
  await other;
});

it('tells a failure to those whose write it was, and goes on with the rest', async () => {
  const { write, groups, given } = heldWrites();
  const first = write('k', 'a');
  const next = write('k', 'b');
  groups[0]?.end(new Error('out of reach'));
  await expect(first).rejects.toThrow('out of reach');
  groups[1]?.end();
  await next;
  expect(given()).toEqual(['k: a', 'k: b']);
});
