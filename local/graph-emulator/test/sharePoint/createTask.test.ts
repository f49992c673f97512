import { describe, expect, it } from 'vitest';
import {
  groupParameters,
  refusalOf,
  siteParameters,
  tasksPath,
  TestSharePoint,
  userParameters,
} from './testSharePoint.ts';

describe('create refuses with 400', () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      'no source user',
      userParameters('lee', { sourceUserIdentity: undefined }),
      'parameters.sourceUserIdentity',
    ],
    [
      'no target user',
      userParameters('lee', { targetUserIdentity: undefined }),
      'parameters.targetUserIdentity',
    ],
    [
      'no source group',
      groupParameters('sales', { sourceGroupIdentity: undefined }),
      'parameters.sourceGroupIdentity',
    ],
    [
      'no target nickname',
      groupParameters('sales', { targetGroupIdentity: {} }),
      'parameters.targetGroupIdentity.mailNickname',
    ],
    ['no source site', siteParameters('IT', { sourceSiteUrl: null }), 'parameters.sourceSiteUrl'],
    [
      'no target site',
      siteParameters('IT', { targetSiteUrl: undefined }),
      'parameters.targetSiteUrl',
    ],
    [
      'no target organization',
      siteParameters('IT', { targetOrganizationHost: undefined }),
      'parameters.targetOrganizationHost',
    ],
  ])('%s, naming what is missing', async (_what, parameters, target) => {
    const reply = await new TestSharePoint().create(parameters);
    expect(refusalOf(reply)).toEqual([400, 'invalidRequest', 'missingParameter', target]);
    expect(reply.text).toContain(`The required parameter ${target} is missing.`);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no type', siteParameters('IT', { '@odata.type': undefined }), 'parameters.@odata.type'],
    [
      'a type without Task in its name',
      userParameters('lee', {
        '@odata.type': '#microsoft.graph.sharePointUserMigrationParameters',
      }),
      'parameters.@odata.type',
    ],
    [
      'a type without its namespace',
      userParameters('lee', { '@odata.type': 'sharePointUserMigrationTaskParameters' }),
      'parameters.@odata.type',
    ],
    [
      'a user without a name or id',
      userParameters('lee', { sourceUserIdentity: {} }),
      'parameters.sourceUserIdentity',
    ],
    [
      'a site that is no address',
      siteParameters('IT', { sourceSiteUrl: '/sites/IT' }),
      'parameters.sourceSiteUrl',
    ],
    [
      'an organization that is no id',
      userParameters('lee', { targetOrganizationId: 'fabrikam' }),
      'parameters.targetOrganizationId',
    ],
    [
      'a start that is no instant',
      userParameters('lee', { preferredStartDateTime: 'tomorrow' }),
      'parameters.preferredStartDateTime',
    ],
    [
      'a parameter that does not exist',
      userParameters('lee', { sourceUrl: 'https://contoso.sharepoint.com' }),
      'parameters',
    ],
    [
      'a latest start at the preferred one',
      userParameters('lee', {
        preferredStartDateTime: '2026-12-01T16:00:00Z',
        preferredLatestStartDateTime: '2026-12-01T17:00:00+01:00',
      }),
      'parameters.preferredLatestStartDateTime',
    ],
  ])('%s, naming what is wrong', async (_what, parameters, target) => {
    expect(refusalOf(await new TestSharePoint().create(parameters))).toEqual([
      400,
      'invalidRequest',
      'invalidParameter',
      target,
    ]);
  });

  it('a body that is no task', async () => {
    const sharePoint = new TestSharePoint();
    for (const body of [undefined, {}, [], { parameters: null }, userParameters()]) {
      const reply = await sharePoint.call('POST', tasksPath, body);
      expect([reply.status, reply.text]).toEqual([
        400,
        expect.stringContaining('parameters') as string,
      ]);
    }
  });
});

describe('create', () => {
  it('returns the same task until it has ended, however the source is written', async () => {
    const sharePoint = new TestSharePoint();
    for (const [first, again] of [
      [userParameters(), userParameters('LEE')],
      [groupParameters(), groupParameters('Sales')],
      [siteParameters(), siteParameters('it/')],
    ] as const) {
      const id = await sharePoint.created(first);
      expect(await sharePoint.created(again)).toBe(id);
      sharePoint.advance(30);
      const reply = await sharePoint.create(first);
      expect([reply.status, reply.body]).toMatchObject([
        200,
        { id, status: 'inProgress', parameters: first },
      ]);
    }
  });

  it('makes a new task once the last one has ended, of which lookups speak then', async () => {
    const sharePoint = new TestSharePoint();
    const first = await sharePoint.created();
    sharePoint.advance(70);
    expect(await sharePoint.status(first)).toBe('completed');
    const second = await sharePoint.created();
    expect(second).not.toBe(first);
    await sharePoint.cancel(second);
    const third = await sharePoint.created();
    expect([
      await sharePoint.status(first),
      await sharePoint.status(second),
      await sharePoint.status(third),
    ]).toEqual(['completed', 'cancelled', 'notStarted']);
    expect(
      (await sharePoint.get("/getBySourceUserPrincipalName(sourcePrincipalName='lee@contoso.com')"))
        .body,
    ).toMatchObject({ id: third });
  });

  it('separates the tasks of source tenants', async () => {
    const other = '22222222-3333-4444-5555-666666666666';
    const sharePoint = new TestSharePoint({
      scenario: { sourceTenantIds: ['11111111-2222-3333-4444-555555555555', other] },
    });
    const id = await sharePoint.created();
    expect(
      (await sharePoint.call('GET', `${tasksPath}/${id}`, undefined, { tenantId: other })).status,
    ).toBe(404);
    const reply = await sharePoint.call(
      'POST',
      tasksPath,
      { parameters: userParameters() },
      { tenantId: other },
    );
    expect(reply.status).toBe(200);
    expect(reply.body).not.toMatchObject({ id });
  });

  it.each([
    ['accessDenied', [403, 'accessDenied']],
    ['noTrust', [422, 'invalidRequest', 'MnATrustNoSetupForPartner']],
    ['noOneDrive', [422, 'invalidRequest', 'MnAOdbFailedToGetUrlForSourceUPN']],
    ['noIdentityMapEntry', [422, 'invalidRequest', 'MnAIdentityMapEntryDoesNotExistsForSourceUPN']],
    ['sameFarm', [501, 'notSupported', 'MnAPartnersOnTheSameFarm']],
  ])(
    'is refused for a source with the rule %s, and so is its validation',
    async (refused, expected) => {
      const sharePoint = new TestSharePoint({
        sharePoint: { sources: [{ source: '^LEE@', refused }] },
      });
      expect(refusalOf(await sharePoint.create(userParameters()))).toEqual(expected);
      expect(
        refusalOf(await sharePoint.create(userParameters('lee', { validateOnly: true }))),
      ).toEqual(expected);
      expect((await sharePoint.create(userParameters('ann-lee'))).status).toBe(200);
    },
  );

  it('is refused only as often as the rule says', async () => {
    const sharePoint = new TestSharePoint({
      sharePoint: { sources: [{ source: '/sites/', refused: 'noTrust', refusedTimes: 2 }] },
    });
    const statuses: number[] = [];
    for (const name of ['a', 'a', 'b', 'a', 'b', 'b'])
      statuses.push((await sharePoint.create(siteParameters(name))).status);
    expect(statuses).toEqual([422, 422, 422, 200, 422, 200]);
  });
});

describe('a validation', () => {
  it('finds an error that create does not check for', async () => {
    const invalid = { code: 'MnASiteMoveTargetUrlHasWriteConflict', target: 'targetSiteUrl' };
    const sharePoint = new TestSharePoint({
      sharePoint: { sources: [{ source: 'IT$', invalid, invalidTimes: 1 }] },
    });
    const validate = () => sharePoint.create(siteParameters('IT', { validateOnly: true }));
    expect((await sharePoint.create(siteParameters('IT'))).status).toBe(200);
    expect(refusalOf(await validate())).toEqual([
      422,
      'invalidRequest',
      invalid.code,
      invalid.target,
    ]);
    expect((await validate()).body).toMatchObject({ status: 'completed' });
  });

  it('does not touch the task of its source', async () => {
    const sharePoint = new TestSharePoint();
    const id = await sharePoint.created();
    expect(
      (await sharePoint.create(userParameters('lee', { validateOnly: true }))).body,
    ).not.toHaveProperty('id');
    expect(await sharePoint.status(id)).toBe('notStarted');
  });
});
