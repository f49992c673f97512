import { describe, expect, it } from 'vitest';
import { jobName } from '../../../orchestrations/users/createJob.ts';
import {
  batchIdAt,
  batchInstanceId,
  laneInstanceId,
  migrationIdFor,
  migrationIdSchema,
  runInstanceId,
  splitIntoBatches,
  watchInstanceId,
} from '../../../shared/contracts/ids.ts';

const hash = '0123456789abcdef'.repeat(4);

describe('migrationIdFor', () => {
  it.each([
    ['wave07', 'wave07-0123456789'],
    ['Wave 07 (Sales)', 'wave-07-sales-0123456789'],
    ['a'.repeat(64), `${'a'.repeat(40)}-0123456789`],
  ])('%s → %s', (name, id) => {
    expect(migrationIdFor(name, hash)).toBe(id);
    expect(migrationIdSchema.safeParse(id).success).toBe(true);
  });
});

describe('instance ids', () => {
  it('are safe in addresses and below the limit of 100 even for the longest names', () => {
    const id = migrationIdFor('x'.repeat(64), hash);
    for (const instance of [
      laneInstanceId(id, 40),
      batchInstanceId(id, 'b12345', 3),
      laneInstanceId(runInstanceId(id, '1795000000000-0123456789ab'), 40),
      watchInstanceId(id, 'b12345', 18),
    ]) {
      expect(instance).toMatch(/^[a-z0-9-]{1,100}$/);
    }
    expect(watchInstanceId('m', 'b001', 2)).toBe('m-b001-w2');
  });
});

describe('jobName', () => {
  it('holds only what is safe in an alternate key, at most 64 characters', () => {
    const name = jobName({
      name: `O'Neil / Wave #7 ${'x'.repeat(50)}`,
      batchId: 'b001',
      attempt: 6,
      contentHash: hash,
    });
    expect(name).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
    expect(name).toContain('-b001-a6-0123456789ab');
  });
});

describe('splitIntoBatches', () => {
  it('preserves the order, includes every user and fills every batch but the last', () => {
    const users = Array.from({ length: 250 }, (_, index) => index);
    const batches = splitIntoBatches(users, 100);
    expect(batches.map(({ batchId, users: slice }) => [batchId, slice.length])).toEqual([
      ['b001', 100],
      ['b002', 100],
      ['b003', 50],
    ]);
    expect(batches.flatMap((batch) => batch.users)).toEqual(users);
  });

  it('numbers on above 999', () => {
    expect(batchIdAt(999)).toBe('b1000');
  });
});
