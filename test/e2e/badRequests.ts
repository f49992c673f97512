import { userId, usersRequest } from './usersRequest.ts';

/** A request that can never be accepted: the text that is sent, the answer's code, and the path of every bad field. */
export interface BadRequest {
  readonly what: string;
  readonly text: string;
  readonly code: string;
  readonly paths: readonly string[];
}

const bad = (
  what: string,
  changes: Readonly<Record<string, unknown>>,
  paths: readonly string[],
): BadRequest => ({
  what,
  // Members that are undefined are left out of JSON.
  text: JSON.stringify(usersRequest(`bad-${what.replaceAll(/[^a-z]+/gi, '-')}`, 900, 2, changes)),
  code: 'invalidRequest',
  paths,
});

export const badRequests: readonly BadRequest[] = [
  { what: 'text that is not JSON', text: '{ "kind": "users", ', code: 'notJson', paths: [''] },
  { what: 'JSON that is no object', text: '[1, 2]', code: 'invalidRequest', paths: [''] },
  bad(
    'unknown fields',
    { colour: 'blue', users: [{ targetUserId: userId(900, 1), licence: 'E5' }] },
    ['colour', 'users[0].licence'],
  ),
  bad(
    'a user twice',
    { users: [userId(900, 1), userId(900, 2), { targetUserId: userId(900, 1).toUpperCase() }] },
    ['users[2]'],
  ),
  bad('Meeting without Teams and Exchange', { workloads: ['Meeting', 'ODSP'] }, ['workloads']),
  bad('Exchange without its settings', { exchangeSettings: undefined }, ['exchangeSettings']),
  bad('a cutover in the past', { completeAfterDateTime: '2020-01-01T00:00:00Z' }, [
    'completeAfterDateTime',
  ]),
  bad(
    'ids that are no GUIDs',
    { sourceTenantId: 'contoso', users: ['lee', { targetUserId: 'ana' }] },
    ['sourceTenantId', 'users[0]', 'users[1].targetUserId'],
  ),
  bad('an empty list of users', { users: [] }, ['users']),
  bad('no name and no users', { name: undefined, users: undefined }, ['name', 'users']),
  bad(
    'several faults at once',
    {
      workloads: ['Meeting', 'Teams', 'Exchange'],
      exchangeSettings: undefined,
      users: ['lee'],
      validateOnly: 'yes',
    },
    ['exchangeSettings', 'users[0]', 'validateOnly'],
  ),
];
