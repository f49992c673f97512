import { describe, expect, it } from 'vitest';
import { failureClusterSchema } from '../../../shared/contracts/task.ts';
import { mergeFailures } from '../../../shared/domain/failures.ts';

const reason = (
  code: string,
  users: number,
  exampleTaskIds: string[] = [],
  services = ['Exchange'],
) => ({ code, users, services, exampleTaskIds });

describe('mergeFailures', () => {
  it('adds batches up and explains every reason, tenant-wide ones first', () => {
    const { failures, failureSummary } = mergeFailures([
      {
        users: 20,
        reasons: [
          reason('CTM-100', 18, ['a', 'b', 'c', 'd']),
          reason('CTTM-005', 2, ['e'], ['Teams']),
        ],
      },
      null,
      {
        users: 17,
        reasons: [reason('CTM-104', 3, ['f']), reason('CTM-100', 14, ['g', 'h'], ['Teams'])],
      },
    ]);
    expect(failureSummary).toBe('37 users, 3 reasons (1 tenant-wide)');
    expect(
      failures.map(({ code, users, scope, services, exampleTaskIds }) => [
        code,
        users,
        scope,
        services,
        exampleTaskIds,
      ]),
    ).toEqual([
      ['CTM-104', 3, 'tenant', ['Exchange'], ['f']],
      ['CTM-100', 32, 'user', ['Exchange', 'Teams'], ['a', 'b', 'c', 'd', 'g']],
      ['CTTM-005', 2, 'user', ['Teams'], ['e']],
    ]);
    for (const failure of failures) expect(failureClusterSchema.parse(failure)).toEqual(failure);
    expect(failures[0]).toMatchObject({ whoCanFix: 'targetAdmin', retry: 'afterFix', known: true });
    expect(failures[0]?.step).toContain('Grant-CTMSAppPermissions');
  });

  it('says it in one line', () => {
    expect(mergeFailures([]).failureSummary).toBe('no user has failed');
    expect(mergeFailures([null, { users: 0, reasons: [] }])).toEqual({
      failures: [],
      failureSummary: 'no user has failed',
    });
    expect(mergeFailures([{ users: 1, reasons: [reason('CTM-100', 1)] }]).failureSummary).toBe(
      '1 user, 1 reason',
    );
  });

  it('stays readable when a thousand batches have a thousand codes, and loses nobody', () => {
    const batches = Array.from({ length: 1_000 }, (_, n) => ({
      users: 3,
      reasons: [reason('EXCH-15', 2), reason(`STRANGE-${String(n)}`, 1), reason('OtherCodes', 1)],
    }));
    const { failures, failureSummary } = mergeFailures(batches);
    expect(failures.length).toBeLessThanOrEqual(101);
    expect(failures[0]).toMatchObject({ code: 'EXCH-15', users: 2_000 });
    const others = failures.find(({ code }) => code === 'OtherCodes')?.users ?? 0;
    const single = failures.filter(({ code }) => code.startsWith('STRANGE')).length;
    expect(others + single).toBe(2_000);
    expect(failureSummary).toMatch(/^3000 users, /);
  });

  it('never counts more users than there are under the codes that it puts together', () => {
    const { failures } = mergeFailures([
      {
        users: 1,
        reasons: Array.from({ length: 150 }, (_, n) => reason(`STRANGE-${String(n)}`, 1)),
      },
    ]);
    expect(failures.find(({ code }) => code === 'OtherCodes')?.users).toBe(1);
  });
});
