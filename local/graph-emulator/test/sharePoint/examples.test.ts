import { describe, expect, it } from 'vitest';
import { idOf, tasksPath, TestSharePoint } from './testSharePoint.ts';

const host = { targetOrganizationHost: 'https://fabrico-my.sharepoint.com' };
const byName = {
  sourceUserIdentity: { userPrincipalName: 'source-user@contoso.onmicrosoft.com' },
  targetUserIdentity: { userPrincipalName: 'target-user@fabrico.onmicrosoft.com' },
};
const byId = {
  sourceUserIdentity: { id: 'da157a29-f793-4dd6-9c73-41d2c73c2546' },
  targetUserIdentity: { id: 'cb53ea98-6151-44cc-9c21-098a3c3e3988' },
};
const user = { '@odata.type': '#microsoft.graph.sharePointUserMigrationTaskParameters' };

// The examples of the page "Create or update sharePointMigrationTask".
const examples: [string, Record<string, unknown>][] = [
  ['a user by principal name', { ...user, ...host, ...byName }],
  ['a user by object id', { ...user, ...host, ...byId }],
  [
    'a user in a data location',
    {
      ...user,
      targetOrganizationId: '78d010af-72cb-412f-8779-18ce9b5f553b',
      targetDataLocationCode: null,
      ...byId,
    },
  ],
  [
    'a site',
    {
      '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
      ...host,
      sourceSiteUrl: 'https://contoso.sharepoint.com/sites/IT',
      targetSiteUrl: 'https://fabrico.sharepoint.com/sites/IT',
    },
  ],
  [
    'a group',
    {
      '@odata.type': '#microsoft.graph.sharePointGroupMigrationTaskParameters',
      ...host,
      sourceGroupIdentity: { mailNickname: 'source-group' },
      targetGroupIdentity: { mailNickname: 'target-group' },
    },
  ],
  [
    'a user at a preferred start',
    { ...user, ...host, ...byName, preferredStartDateTime: '2024-08-31T16:00:00Z' },
  ],
];

describe('the example of a task for', () => {
  it.each(examples)('%s is accepted as it stands', async (_what, parameters) => {
    const sharePoint = new TestSharePoint({
      sharePoint: { switches: { defaultDataLocation: null } },
    });
    const reply = await sharePoint.create(parameters);
    expect([reply.status, reply.body]).toMatchObject([
      200,
      { id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string, status: 'notStarted', parameters },
    ]);
    expect((await sharePoint.get(`/${idOf(reply)}`)).body).toEqual(reply.body);
  });

  it('a data location and ids comes back with the blanks filled in', async () => {
    const directory = [
      {
        id: 'da157a29-f793-4dd6-9c73-41d2c73c2546',
        userPrincipalName: 'source-user@contoso.onmicrosoft.com',
      },
      {
        id: 'cb53ea98-6151-44cc-9c21-098a3c3e3988',
        userPrincipalName: 'target-user@fabrico.onmicrosoft.com',
      },
    ];
    const sharePoint = new TestSharePoint({ sharePoint: { directory } });
    const reply = await sharePoint.create(examples[2]?.[1] ?? {});
    expect(reply.body).toMatchObject({
      parameters: {
        targetDataLocationCode: 'FRA',
        sourceUserIdentity: {
          id: 'da157a29-f793-4dd6-9c73-41d2c73c2546',
          userPrincipalName: 'source-user@contoso.onmicrosoft.com',
        },
        targetUserIdentity: {
          id: 'cb53ea98-6151-44cc-9c21-098a3c3e3988',
          userPrincipalName: 'target-user@fabrico.onmicrosoft.com',
        },
      },
    });
    const found = await sharePoint.get(
      "/getBySourceUserPrincipalName(sourcePrincipalName='source-user@contoso.onmicrosoft.com')",
    );
    expect(found.body).toEqual(reply.body);
    // By name it is the same user, so the same task.
    expect((await sharePoint.create(examples[0]?.[1] ?? {})).body).toEqual(reply.body);
  });

  it('a validation alone has no id, and queues nothing', async () => {
    const sharePoint = new TestSharePoint();
    const parameters = { ...user, ...host, validateOnly: true, ...byName };
    const reply = await sharePoint.create(parameters);
    expect([reply.status, reply.body]).toEqual([
      200,
      { '@odata.context': expect.any(String) as string, status: 'completed', parameters },
    ]);
    expect(
      (
        await sharePoint.get(
          "/getBySourceUserPrincipalName(sourcePrincipalName='source-user@contoso.onmicrosoft.com')",
        )
      ).status,
    ).toBe(404);
  });

  it('any of them may come as a whole task, whose id and status are ignored', async () => {
    const sharePoint = new TestSharePoint();
    const id = '3ed6d46d-13a3-4995-b6ea-a74a20b1fac0';
    const reply = await sharePoint.call('POST', tasksPath, {
      id,
      status: 'completed',
      parameters: examples[0]?.[1],
    });
    expect(reply.body).toMatchObject({ status: 'notStarted' });
    expect((await sharePoint.get(`/${id}`)).status).toBe(404);
  });
});
