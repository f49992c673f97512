import { describe, expect, it } from 'vitest';
import { usersRequestSchema } from '../../../shared/contracts/request.ts';
import { checkRequest } from '../../../shared/domain/requestChecks.ts';

const nowMs = Date.parse('2026-11-20T08:00:00Z');
const user = (n: number): string => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;

function request(changes: object = {}) {
  return usersRequestSchema.parse({
    kind: 'users',
    name: 'wave',
    sourceTenantId: '11111111-2222-3333-4444-555555555555',
    users: [user(1), user(2)],
    exchangeSettings: { sourceEndpoint: 'xt', targetDeliveryDomain: 'fabrikam.onmicrosoft.com' },
    ...changes,
  });
}

const paths = (changes: object): string[] =>
  checkRequest(request(changes), nowMs).map(({ path }) => path);

describe('checkRequest', () => {
  it('finds nothing wrong with a good request', () => {
    expect(
      checkRequest(request({ completeAfterDateTime: '2026-12-01T22:00:00+01:00' }), nowMs),
    ).toEqual([]);
  });

  it('names the second mention of a user, in whatever case and form it is written', () => {
    const errors = checkRequest(
      request({ users: [user(1), user(2), { targetUserId: user(1).toUpperCase() }] }),
      nowMs,
    );
    expect(errors).toEqual([
      { path: 'users[2]', message: 'is the same user as users[0]; name every user once' },
    ]);
  });

  it.each([
    [['Meeting', 'Teams'], 'Exchange'],
    [['Meeting', 'Exchange'], 'Teams'],
    [['Meeting'], 'Teams and Exchange'],
  ])('refuses the workloads %j for want of %s', (workloads, missing) => {
    const errors = checkRequest(request({ workloads }), nowMs);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ path: 'workloads' });
    expect(errors[0]?.message).toContain(`needs ${missing} `);
  });

  it('wants the settings of Exchange exactly when Exchange is asked for', () => {
    expect(paths({ exchangeSettings: undefined })).toEqual(['exchangeSettings']);
    expect(paths({ exchangeSettings: undefined, workloads: ['Teams', 'ODSP'] })).toEqual([]);
  });

  it('refuses a cutover that is not after now', () => {
    expect(paths({ completeAfterDateTime: '2026-11-20T08:00:00Z' })).toEqual([
      'completeAfterDateTime',
    ]);
    expect(paths({ completeAfterDateTime: '2026-11-20T08:00:01Z' })).toEqual([]);
  });

  it('names every bad field at once', () => {
    expect(
      paths({
        users: [user(1), user(1)],
        workloads: ['Teams', 'Teams', 'Meeting'],
        completeAfterDateTime: '2020-01-01T00:00:00Z',
      }),
    ).toEqual(['users[1]', 'workloads[1]', 'workloads', 'completeAfterDateTime']);
  });
});
