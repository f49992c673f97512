import { describe, expect, it } from 'vitest';
import { batchFailuresSchema, type Outcome } from '../../../shared/contracts/task.ts';
import { clusterFailures, maxReasonsPerBatch } from '../../../shared/domain/failures.ts';

const id = (n: number): string => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;
const task = (
  n: number,
  outcome: Outcome | null,
  ...errors: readonly (readonly [service: string, status: string, ...codes: string[]])[]
) => ({
  taskId: id(n),
  outcome,
  services: errors.map(([service, status, ...codes]) => ({
    service,
    status,
    message: '',
    errors: codes.map((code) => ({ code, message: '' })),
  })),
});
const many = (count: number, from: number, code: string) =>
  Array.from({ length: count }, (_, n) => task(from + n, 'failed', ['Exchange', 'failed', code]));

describe('clusterFailures', () => {
  it('counts users by code: tenant-wide causes first, then by number, with five examples', () => {
    const failures = clusterFailures([
      ...many(3, 100, 'CTM-100'),
      ...many(9, 200, 'MIGR-002'),
      ...many(2, 300, 'CTM-104'),
      task(1, 'succeeded'),
    ]);
    expect(batchFailuresSchema.parse(failures)).toEqual({
      users: 14,
      reasons: [
        { code: 'CTM-104', users: 2, services: ['Exchange'], exampleTaskIds: [id(300), id(301)] },
        {
          code: 'MIGR-002',
          users: 9,
          services: ['Exchange'],
          exampleTaskIds: [200, 201, 202, 203, 204].map(id),
        },
        {
          code: 'CTM-100',
          users: 3,
          services: ['Exchange'],
          exampleTaskIds: [id(100), id(101), id(102)],
        },
      ],
    });
  });

  it('counts a user with several codes under each of them and once in all; one with a code twice once under it', () => {
    const { users, reasons } = clusterFailures([
      task(1, 'failed', ['Exchange', 'failed', 'EXCH-15'], ['Meeting', 'failed', 'MMS-011']),
      task(
        2,
        'invalid',
        ['Exchange', 'invalid', 'IM-003'],
        ['Teams', 'invalid', 'im-003', 'CTTM-005'],
      ),
    ]);
    expect(users).toBe(2);
    expect(reasons.map(({ code, users: own, services }) => [code, own, services])).toEqual([
      ['CTTM-005', 1, ['Teams']],
      ['EXCH-15', 1, ['Exchange']],
      ['IM-003', 1, ['Exchange', 'Teams']],
      ['MMS-011', 1, ['Meeting']],
    ]);
  });

  it('leaves out who did well or was cancelled, and what is said of workloads that did well', () => {
    expect(
      clusterFailures([
        task(1, 'succeeded', ['Teams', 'completed', 'CTTM-017']),
        task(2, 'cancelled', ['Exchange', 'failed', 'EXCH-15']),
        task(3, 'validated', ['Teams', 'valid']),
        task(4, null, ['Exchange', 'syncing', 'EXCH-99']),
      ]),
    ).toEqual({ users: 0, reasons: [] });
    const { reasons } = clusterFailures([
      task(
        5,
        'failed',
        ['Teams', 'completed', 'CTTM-017'],
        ['ODSP', 'failed', 'MnAMoveJobCreationFailed'],
      ),
    ]);
    expect(reasons.map(({ code }) => code)).toEqual(['MnAMoveJobCreationFailed']);
  });

  it('shows who fails already while other workloads go on', () => {
    expect(
      clusterFailures([task(1, null, ['Exchange', 'failed', 'EXCH-15'], ['Teams', 'synced'])]),
    ).toMatchObject({ users: 1, reasons: [{ code: 'EXCH-15' }] });
  });

  it('gives failures without any code one', () => {
    const { users, reasons } = clusterFailures([
      task(1, 'failed', ['Exchange', 'failed']),
      task(2, 'failed'),
      task(3, 'failed', ['Teams', 'failed', '']),
    ]);
    expect([users, reasons]).toEqual([
      3,
      [
        {
          code: 'NoCode',
          users: 3,
          services: ['Exchange', 'Teams'],
          exampleTaskIds: [1, 2, 3].map(id),
        },
      ],
    ]);
  });

  it('limits the number of codes and counts the least frequent as one', () => {
    const strange = Array.from({ length: 90 }, (_, n) =>
      task(n, 'failed', ['Exchange', 'failed', `STRANGE-${String(n)}`, 'EXCH-15']),
    );
    const { users, reasons } = clusterFailures([
      ...strange,
      task(99, 'failed', ['Exchange', 'failed', 'CTM-104']),
    ]);
    expect(users).toBe(91);
    expect(reasons).toHaveLength(maxReasonsPerBatch + 1);
    expect(reasons.slice(0, 3).map(({ code, users: own }) => [code, own])).toEqual([
      ['CTM-104', 1],
      ['EXCH-15', 90],
      ['OtherCodes', 72],
    ]);
    expect(JSON.stringify(reasons).length).toBeLessThan(10_000);
  });

  it('does not depend on the order of the tasks', () => {
    const tasks = [
      ...many(4, 1, 'CTM-100'),
      ...many(4, 10, 'MIGR-002'),
      task(50, 'failed', ['Teams', 'failed', 'CTM-100']),
    ];
    expect(clusterFailures(tasks.toReversed())).toEqual(clusterFailures(tasks));
  });
});
