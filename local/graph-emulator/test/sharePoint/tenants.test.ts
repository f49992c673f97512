import { describe, expect, it } from 'vitest';
import { codesOf, jobsPath, origin, sourceTenantId, targetTenantId } from '../testGraph.ts';
import {
  groupMapPath,
  refusalOf,
  rootPath,
  tasksPath,
  TestSharePoint,
  userMapPath,
  userMapping,
  userParameters,
} from './testSharePoint.ts';

const userKey = `${userMapPath}(sourceUserPrincipalName='lee@contoso.com')`;
const delta = { '@context': '#$delta', value: [userMapping()] };

describe('the tenant of a token', () => {
  it('is the source for tasks', async () => {
    const sharePoint = new TestSharePoint();
    const id = await sharePoint.created();
    const calls: [string, string, unknown?][] = [
      ['GET', `${tasksPath}/${id}`],
      ['GET', `${tasksPath}/getBySourceUserPrincipalName(sourcePrincipalName='lee@contoso.com')`],
      ['POST', tasksPath, { parameters: userParameters('kim') }],
      ['POST', `${tasksPath}/${id}/cancel`],
    ];
    for (const [method, path, body] of calls) {
      const refused = await sharePoint.call(method, path, body, { tenantId: targetTenantId });
      expect([path, ...refusalOf(refused)]).toEqual([path, 403, 'accessDenied']);
      expect(refused.body).toMatchObject({
        error: {
          message: 'SharePoint migration tasks are managed in the source tenant only.',
          innerError: { 'request-id': expect.any(String) as string },
        },
      });
    }
    expect(await sharePoint.status(id)).toBe('notStarted');
    expect(
      (await sharePoint.get("/getBySourceUserPrincipalName(sourcePrincipalName='kim@contoso.com')"))
        .status,
    ).toBe(404);
  });

  it('is the target for identity mappings, as it is for jobs', async () => {
    const sharePoint = new TestSharePoint();
    for (const [method, path, body] of [
      ['PATCH', userMapPath, delta],
      ['GET', userKey],
      ['GET', jobsPath],
    ] as const) {
      expect([
        path,
        ...refusalOf(await sharePoint.call(method, path, body, { tenantId: sourceTenantId })),
      ]).toEqual([path, 403, 'accessDenied']);
    }
    expect((await sharePoint.call('GET', userKey)).status).toBe(404);
  });
});

describe('a token', () => {
  it('is asked for everywhere', async () => {
    const { graph } = new TestSharePoint();
    for (const path of [
      tasksPath,
      `${tasksPath}/x`,
      userMapPath,
      groupMapPath,
      '/v1.0/solutions/sharePoint',
      `${rootPath}/nothing`,
    ]) {
      const response = await graph.fetch(new Request(`${origin}${path}`));
      expect([path, response.status]).toEqual([path, 401]);
    }
  });

  it('must hold the permission of the operation', async () => {
    const clients = [
      ['cccccccc-0000-4000-8000-00000000000a', ['SharePointCrossTenantMigration.Read.All']],
      ['cccccccc-0000-4000-8000-00000000000b', ['SharePointCrossTenantMigration.Manage.All']],
      [
        'cccccccc-0000-4000-8000-00000000000c',
        ['CrossTenantContentMigration.Read.All', 'CrossTenantContentMigration.ReadWrite.All'],
      ],
    ] as const;
    const sharePoint = new TestSharePoint({
      scenario: { clients: clients.map(([clientId, permissions]) => ({ clientId, permissions })) },
    });
    await sharePoint.call('PATCH', userMapPath, delta);
    const id = await sharePoint.created();
    const calls: [string, string, unknown?][] = [
      ['GET', `${tasksPath}/${id}`],
      ['GET', userKey],
      ['POST', tasksPath, { parameters: userParameters() }],
      ['PATCH', userMapPath, delta],
      ['POST', `${tasksPath}/${id}/cancel`],
      ['GET', jobsPath],
    ];
    const statuses = [];
    for (const [clientId] of clients) {
      const row: number[] = [];
      for (const [method, path, body] of calls) {
        const reply = await sharePoint.call(method, path, body, {
          clientId,
          ...(path === jobsPath ? { tenantId: targetTenantId } : {}),
        });
        if (reply.status === 403) expect(codesOf(reply)).toEqual(['Authorization_RequestDenied']);
        row.push(reply.status);
      }
      statuses.push(row);
    }
    expect(statuses).toEqual([
      [200, 200, 403, 403, 403, 403],
      [403, 403, 200, 200, 204, 403],
      [403, 403, 403, 403, 403, 200],
    ]);
  });

  it('to manage may also read, by the switch', async () => {
    const clientId = 'cccccccc-0000-4000-8000-00000000000b';
    const scenario = {
      clients: [{ clientId, permissions: ['SharePointCrossTenantMigration.Manage.All'] }],
    };
    const sharePoint = new TestSharePoint({
      scenario,
      sharePoint: { switches: { manageAlsoReads: true } },
    });
    const id = await sharePoint.created();
    expect(
      (await sharePoint.call('GET', `${tasksPath}/${id}`, undefined, { clientId })).status,
    ).toBe(200);
  });
});

describe('an address that Graph does not have', () => {
  it.each([
    [tasksPath.replace('/beta/', '/v1.0/'), 'sharePoint'],
    [`${userMapPath.replace('/beta/', '/V1.0/')}(sourceUserPrincipalName='a')`, 'sharePoint'],
    ['/beta/solutions/sharePoint/moves', 'moves'],
    [`${rootPath}/crossOrganizationMigrationTask`, 'crossOrganizationMigrationTask'],
    [`${tasksPath}/3ed6d46d-13a3-4995-b6ea-a74a20b1fac0/parameters/sourceSiteUrl`, 'sourceSiteUrl'],
  ])('is 400 for its segment: %s', async (path, segment) => {
    const reply = await new TestSharePoint().call('GET', `${origin}${path}`, undefined, {
      tenantId: sourceTenantId,
    });
    expect(refusalOf(reply)).toEqual([400, 'BadRequest']);
    expect(reply.text).toContain(`Resource not found for the segment '${segment}'.`);
  });

  it('is not found for an action that tasks do not have', async () => {
    const sharePoint = new TestSharePoint();
    const id = await sharePoint.created();
    expect(refusalOf(await sharePoint.call('POST', `${tasksPath}/${id}/restart`))).toEqual([
      400,
      'BadRequest',
    ]);
  });
});

describe('what only generated clients have', () => {
  const undocumented: [string, string, unknown?][] = [
    ['GET', tasksPath],
    ['GET', `${tasksPath}/$count`],
    ['PATCH', `${tasksPath}/3ed6d46d-13a3-4995-b6ea-a74a20b1fac0`, {}],
    ['DELETE', `${tasksPath}/3ed6d46d-13a3-4995-b6ea-a74a20b1fac0`],
    ['GET', rootPath],
    ['GET', userMapPath],
    ['POST', groupMapPath, {}],
    ['GET', `${groupMapPath}/abc`],
    ['DELETE', userKey],
  ];

  it.each([
    [405, 'MethodNotAllowed'],
    [501, 'notSupported'],
  ])('is %i', async (undocumentedStatus, code) => {
    const sharePoint = new TestSharePoint({ sharePoint: { switches: { undocumentedStatus } } });
    for (const [method, path, body] of undocumented) {
      expect([method, path, ...refusalOf(await sharePoint.call(method, path, body))]).toEqual([
        method,
        path,
        undocumentedStatus,
        code,
      ]);
    }
  });

  it('is 405 for a method that nothing has', async () => {
    const sharePoint = new TestSharePoint({
      sharePoint: { switches: { undocumentedStatus: 501 } },
    });
    const id = await sharePoint.created();
    for (const [method, path] of [
      ['DELETE', tasksPath],
      ['PUT', `${tasksPath}/${id}`],
      ['GET', `${tasksPath}/${id}/cancel`],
      ['PUT', userKey],
    ] as const) {
      expect([method, path, (await sharePoint.call(method, path)).status]).toEqual([
        method,
        path,
        405,
      ]);
    }
    expect(await sharePoint.status(id)).toBe('notStarted');
  });
});
