import { describe, expect, it } from 'vitest';
import { usersRequestSchema } from '../../../shared/contracts/request.ts';
import { problemFields } from '../../../shared/http/problems.ts';

const good = {
  kind: 'users',
  name: 'wave',
  sourceTenantId: '11111111-2222-3333-4444-555555555555',
  users: ['aaaaaaaa-0000-4000-8000-000000000001'],
};

function fields(changes: object) {
  const parsed = usersRequestSchema.safeParse({ ...good, ...changes });
  return parsed.success ? [] : problemFields(parsed.error);
}
const paths = (changes: object): string[] => fields(changes).map(({ path }) => path);

describe('problemFields', () => {
  it.each<[string, object, string[]]>([
    ['nothing for a good request', {}, []],
    ['an unknown field', { nmae: 'x', 'odd name': 1 }, ['nmae', 'odd name']],
    [
      'an id that is no GUID',
      { users: ['x'], sourceTenantId: 'y' },
      ['sourceTenantId', 'users[0]'],
    ],
    [
      'a member of a user',
      { users: [good.users[0], { targetUserId: 'x', upn: 'y' }] },
      ['users[1].targetUserId', 'users[1].upn'],
    ],
    ['a user of the wrong kind', { users: [7] }, ['users[0]']],
    ['an empty list', { users: [] }, ['users']],
    ['an unknown workload', { workloads: ['Teams', 'Yammer'] }, ['workloads[1]']],
    ['another kind', { kind: 'printers' }, ['kind']],
    [
      'a date without a zone',
      { completeAfterDateTime: '2026-12-01T22:00:00' },
      ['completeAfterDateTime'],
    ],
    [
      'a setting inside',
      { exchangeSettings: { sourceEndpoint: '', targetDeliveryDomain: 'a b' } },
      ['exchangeSettings.sourceEndpoint', 'exchangeSettings.targetDeliveryDomain'],
    ],
  ])('names %s', (_, changes, expected) => {
    expect(paths(changes)).toEqual(expected);
  });

  it('says of each what to do, in words', () => {
    expect(fields({ users: ['x'] })[0]?.message).toBe('must be a GUID');
    expect(fields({ users: [7] })[0]?.message).toBe('must be one of: string, object');
    expect(fields({ users: [] })[0]?.message).toBe('must name at least one user');
    for (const { message } of fields({ kind: 1, name: '', nope: 1, users: [null] }))
      expect(message.length).toBeGreaterThan(5);
  });

  it('names the whole body with an empty path', () => {
    const parsed = usersRequestSchema.safeParse('text');
    expect(parsed.success ? [] : problemFields(parsed.error).map(({ path }) => path)).toEqual(['']);
  });
});
