import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  migrationRequestSchema,
  type SharePointRequest,
} from '../../../shared/contracts/request.ts';
import { checkSharePointRequest } from '../../../shared/domain/requestChecks.ts';
import { problemFields } from '../../../shared/http/problems.ts';

const nowMs = Date.parse('2026-11-20T08:00:00Z');
const tenant = '11111111-2222-3333-4444-555555555555';
const host = 'https://fabrico-my.sharepoint.com';
const site = (name: string, changes: object = {}) => ({
  '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
  targetOrganizationHost: host,
  sourceSiteUrl: `https://contoso.sharepoint.com/sites/${name}`,
  targetSiteUrl: `https://fabrico.sharepoint.com/sites/${name}`,
  ...changes,
});
const user = (changes: object = {}) => ({
  '@odata.type': '#microsoft.graph.sharePointUserMigrationTaskParameters',
  targetOrganizationHost: host,
  sourceUserIdentity: { userPrincipalName: 'lee@contoso.com' },
  targetUserIdentity: { userPrincipalName: 'lee@fabrico.com' },
  ...changes,
});
const group = (nickname: string) => ({
  '@odata.type': '#microsoft.graph.sharePointGroupMigrationTaskParameters',
  targetOrganizationHost: host,
  sourceGroupIdentity: { mailNickname: nickname },
  targetGroupIdentity: { mailNickname: nickname },
});

function fields(
  tasks: readonly unknown[],
  changes: object = {},
  configured: string | undefined = tenant,
) {
  const parsed = migrationRequestSchema.safeParse({
    kind: 'sharePoint',
    name: 'sites',
    tasks,
    ...changes,
  });
  if (!parsed.success) return problemFields(parsed.error);
  return checkSharePointRequest(parsed.data as SharePointRequest, configured, nowMs);
}
const paths = (...args: Parameters<typeof fields>): string[] =>
  fields(...args).map(({ path }) => path);
const message = (...args: Parameters<typeof fields>): string => fields(...args)[0]?.message ?? '';

describe('a SharePoint request', () => {
  const folder = new URL('../../../examples/sharepoint/', import.meta.url);
  const examples = readdirSync(folder).sort();

  it('has seven examples', () => {
    expect(examples).toHaveLength(7);
  });

  it.each(examples)('accepts %s with Graph’s parameters unchanged', (file) => {
    const example: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    const parsed = migrationRequestSchema.parse(example);
    expect(parsed).toMatchObject(example as object);
    expect(checkSharePointRequest(parsed as SharePointRequest, tenant, nowMs)).toEqual([]);
    expect((parsed as SharePointRequest).tasks).toEqual((example as SharePointRequest).tasks);
  });

  it.each<[string, Parameters<typeof fields>, string[]]>([
    ['nothing of a good one', [[site('a'), user(), group('g')]], []],
    ['an unknown member', [[site('a', { sourceSite: 'x' })]], ['tasks[0].sourceSite']],
    [
      'a member of another kind',
      [[user({ sourceSiteUrl: 'https://contoso.sharepoint.com/sites/a' })]],
      ['tasks[0].sourceSiteUrl'],
    ],
    [
      'two names for one user',
      [[user({ sourceUserIdentity: { id: tenant, userPrincipalName: 'lee@contoso.com' } })]],
      ['tasks[0].sourceUserIdentity'],
    ],
    ['no name for a user', [[user({ targetUserIdentity: {} })]], ['tasks[0].targetUserIdentity']],
    [
      'a site’s address that is none',
      [[site('a'), site('b', { targetSiteUrl: 'fabrico/sites/b' })]],
      ['tasks[1].targetSiteUrl'],
    ],
    ['no type', [[{ sourceSiteUrl: 'x' }]], ['tasks[0].@odata.type']],
    [
      'a type without Task',
      [[user({ '@odata.type': '#microsoft.graph.sharePointUserMigrationParameters' })]],
      ['tasks[0].@odata.type'],
    ],
    [
      'a latest start before the start',
      [
        [
          site('a', {
            preferredStartDateTime: '2026-12-01T16:00:00Z',
            preferredLatestStartDateTime: '2026-12-01T16:00:00Z',
          }),
        ],
      ],
      ['tasks[0].preferredLatestStartDateTime'],
    ],
    [
      'a latest start that has passed',
      [[site('a', { preferredLatestStartDateTime: '2026-11-01T16:00:00Z' })]],
      ['tasks[0].preferredLatestStartDateTime'],
    ],
    [
      'a date without a zone',
      [[site('a', { preferredStartDateTime: '2026-12-01T16:00:00' })]],
      ['tasks[0].preferredStartDateTime'],
    ],
    [
      'a task without a target',
      [[site('a', { targetOrganizationHost: undefined })]],
      ['tasks[0].targetOrganizationHost'],
    ],
    [
      'a source twice, in another case and with a slash',
      [[site('IT'), group('x'), site('it/')]],
      ['tasks[2]'],
    ],
    [
      'a user twice',
      [[user(), user({ sourceUserIdentity: { userPrincipalName: 'LEE@contoso.com' } })]],
      ['tasks[1]'],
    ],
    ['no task at all', [[]], ['tasks']],
    ['too many tasks', [Array.from({ length: 4_001 }, (_, n) => site(String(n)))], ['tasks']],
    [
      'another source tenant',
      [[site('a')], { sourceTenantId: '22222222-2222-3333-4444-555555555555' }],
      ['sourceTenantId'],
    ],
    [
      'a mapping twice',
      [
        [site('a')],
        {
          identityMappings: {
            groups: [0, 1].map(() => ({
              sourceGroupIdentity: { id: tenant },
              targetGroupIdentity: { id: tenant },
            })),
          },
        },
      ],
      ['identityMappings.groups[1]'],
    ],
    [
      'a mapping that Graph cannot find',
      [[user({ sourceUserIdentity: { id: tenant } }), group('g')], { checkIdentityMappings: true }],
      [
        'tasks[0].sourceUserIdentity.userPrincipalName',
        'tasks[1].targetGroupIdentity.mailNickname',
      ],
    ],
    ['another kind', [[], { kind: 'printers' }], ['kind']],
  ])('names %s', (_, args, expected) => {
    expect(paths(...args)).toEqual(expected);
  });

  it('says of each what to do', () => {
    expect(
      message([user({ '@odata.type': '#microsoft.graph.sharePointUserMigrationParameters' })]),
    ).toBe(
      'must be #microsoft.graph.sharePointUserMigrationTaskParameters: Graph accepts only the name with Task',
    );
    expect(message([{ sourceSiteUrl: 'x' }])).toMatch(
      /^is missing; must be one of #microsoft\.graph\.sharePointUser/,
    );
    expect(message([7])).toBe('must be an object with the parameters of a task');
    expect(message([], { kind: 'printers' })).toBe('must be users or sharePoint');
    expect(message([user({ targetUserIdentity: {} })])).toBe(
      'must have either userPrincipalName or id',
    );
    expect(message([site('a')], { tasks: [site('IT'), site('it')] })).toBe(
      'is the same source as tasks[0]; name every source once',
    );
  });

  it('cannot be taken by an app without a source tenant', () => {
    const parsed = migrationRequestSchema.parse({
      kind: 'sharePoint',
      name: 'sites',
      tasks: [site('a')],
    });
    expect(checkSharePointRequest(parsed as SharePointRequest, undefined, nowMs)).toEqual([
      { path: 'kind', message: expect.stringContaining('SOURCE_TENANT_ID') as string },
    ]);
  });
});
