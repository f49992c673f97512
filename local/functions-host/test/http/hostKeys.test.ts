import type { timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { sharedDir } from '../temporaryDir.ts';

const compared: [number, number][] = [];
vi.mock('node:crypto', async (importActual) => {
  const actual = await importActual<{ timingSafeEqual: typeof timingSafeEqual }>();
  return {
    ...actual,
    timingSafeEqual: (a: Buffer, b: Buffer) => {
      compared.push([a.byteLength, b.byteLength]);
      return actual.timingSafeEqual(a, b);
    },
  };
});
const { HostKeys } = await import('../../http/hostKeys.ts');

const dir = sharedDir();
const http = {
  name: 'locked',
  methods: ['GET'],
  template: 'api/locked',
  authLevel: 'function',
} as const;
const keys = HostKeys.open(join(dir.path, 'keys.json'), [http]);
const stored = z
  .looseObject({ masterKey: z.string() })
  .parse(JSON.parse(readFileSync(join(dir.path, 'keys.json'), 'utf8')));
beforeEach(() => {
  compared.length = 0;
});
afterAll(() => {
  dir.remove();
});

it.each([
  ['nearly the master key', `${stored.masterKey.slice(0, -1)}!`],
  ['one letter', stored.masterKey.slice(0, 1)],
  ['much longer than any key', 'x'.repeat(10_000)],
  ['empty', ''],
])(
  'a wrong key that is %s is compared with every key, by hashes of one length, in constant time',
  (_, key) => {
    expect([
      keys.allowsFunction(http, key),
      keys.allowsAdmin(key),
      keys.allowsDurable(key),
    ]).toEqual([false, false, false]);
    // Function: master, host and own key. Admin: master key. Durable: its own and the master key.
    expect(compared).toEqual(Array.from({ length: 6 }, () => [32, 32]));
  },
);

it('the right key is accepted', () => {
  expect([
    keys.allowsFunction(http, stored.masterKey),
    keys.allowsAdmin(stored.masterKey),
    keys.allowsDurable(keys.durableKey),
  ]).toEqual([true, true, true]);
});
