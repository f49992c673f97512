import { describe, expect, it } from 'vitest';
import {
  codesOf,
  day,
  jobRequest,
  jobsPath,
  sourceTenantId,
  startMs,
  targetTenantId,
  TestGraph,
  userId,
} from '../testGraph.ts';

describe('creating a job', () => {
  it('returns 201 with the submitted job and echoes its resources', async () => {
    const reply = await new TestGraph().post('', jobRequest());
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      '@odata.context':
        'https://graph.microsoft.com/v1.0/$metadata#solutions/migrations/crossTenantMigrationJobs/$entity',
      id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string,
      displayName: 'wave07-b003',
      jobType: 'validate',
      status: 'submitted',
      message: '',
      completeAfterDateTime: '2026-11-06T20:00:00Z',
      sourceTenantId,
      targetTenantId,
      exchangeSettings: {
        sourceEndpoint: 'xt-endpoint',
        targetDeliveryDomain: 'fabrikam.onmicrosoft.com',
      },
      resourceType: 'Users',
      resources: [userId(1), userId(2)],
      workloads: ['Teams', 'Exchange', 'ODSP', 'Meeting'],
      createdBy: 'cccccccc-0000-4000-8000-000000000001',
      createdDateTime: '2026-11-04T20:00:00.0000000Z',
      lastUpdatedDateTime: '2026-11-04T20:00:00Z',
    });
  });

  it('makes the job readable by id, by name as id and by the alternate key, without its resources', async () => {
    const graph = new TestGraph();
    const displayName = "O'Brien 100% / wave #7";
    const id = await graph.created({ displayName });
    const byKey = encodeURIComponent(displayName.replaceAll("'", "''"));
    for (const path of [
      `/${id}`,
      `('${id}')`,
      `/${encodeURIComponent(displayName)}`,
      `(displayName='${byKey}')`,
      `('${byKey}')`,
    ]) {
      const reply = await graph.get(path);
      expect([path, reply.status]).toEqual([path, 200]);
      expect(reply.body).toMatchObject({ id, displayName, resources: [], resourceType: 'users' });
    }
  });

  it('accepts the path in any case', async () => {
    const graph = new TestGraph();
    const id = await graph.created();
    for (const segment of ['crosstenantmigrationjobs', 'CrossTenantMigrationJobs']) {
      expect(
        (await graph.get(`/v1.0/solutions/migrations/${segment}/${id.toUpperCase()}`)).body,
      ).toMatchObject({ id });
    }
  });

  it('serves the same jobs at v1.0 and beta, each with its own context', async () => {
    const graph = new TestGraph();
    const created = await graph.call('POST', jobsPath.replace('v1.0', 'beta'), jobRequest());
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      '@odata.context': expect.stringContaining('microsoft.com/beta/$metadata') as string,
    });
    const id = await graph.get('/wave07-b003');
    expect(id.body).toMatchObject({
      displayName: 'wave07-b003',
      '@odata.context': expect.stringContaining('microsoft.com/v1.0/$metadata') as string,
    });
  });

  it('refuses the name of any earlier job, in any case and after its deletion', async () => {
    const graph = new TestGraph();
    const id = await graph.created();
    for (const displayName of ['wave07-b003', 'WAVE07-B003']) {
      const reply = await graph.post('', jobRequest({ displayName }));
      expect(reply.status).toBe(422);
      expect(codesOf(reply)).toEqual(['BadArgument', 'duplicateDisplayNameJob', 'displayName']);
    }
    await graph.act(id, 'cancel');
    graph.clock.advance(day);
    await graph.call('DELETE', `/${id}`);
    graph.clock.advance(day / 2);
    expect((await graph.get(`/${id}`)).status).toBe(404);
    expect((await graph.post('', jobRequest())).status).toBe(422);
  });

  it.each([startMs, startMs - 1])(
    'refuses a date that is not later than now (%d)',
    async (atMs) => {
      const reply = await new TestGraph().post(
        '',
        jobRequest({ completeAfterDateTime: new Date(atMs).toISOString() }),
      );
      expect(reply.status).toBe(422);
      expect(codesOf(reply)).toEqual([
        'BadArgument',
        'minThresholdFailed',
        'completeAfterDateTime',
      ]);
    },
  );

  it.each(['displayName', 'completeAfterDateTime', 'sourceTenantId', 'resourceType', 'resources'])(
    'refuses a job without %s',
    async (property) => {
      const graph = new TestGraph();
      const reply = await graph.post('', jobRequest({ [property]: undefined }));
      expect(reply.status).toBe(400);
      expect(codesOf(reply)).toEqual(['BadRequest', 'invalidProperty', property]);
      expect((await graph.get('/$count')).text).toBe('0');
    },
  );

  it.each([
    ['a name that is empty', { displayName: '' }],
    ['a date that is none', { completeAfterDateTime: 'tomorrow' }],
    ['a user that is no GUID', { resources: ['lee@contoso.com'] }],
    ['a tenant that is no GUID', { sourceTenantId: 'contoso' }],
    ['a workload that does not exist', { workloads: ['SharePoint'] }],
    ['resources of another type', { resourceType: 'Groups' }],
    ['no settings for Exchange', { exchangeSettings: undefined }],
    [
      'no settings for Exchange among all the workloads',
      { exchangeSettings: null, workloads: undefined },
    ],
  ])('refuses %s', async (_what, changes) => {
    expect((await new TestGraph().post('', jobRequest(changes))).status).toBe(400);
  });

  it('needs no settings without Exchange, and uses all workloads when none is named', async () => {
    const graph = new TestGraph();
    expect(
      (
        await graph.post(
          '',
          jobRequest({
            displayName: 'a',
            workloads: ['Teams', 'ODSP'],
            exchangeSettings: undefined,
          }),
        )
      ).status,
    ).toBe(201);
    const reply = await graph.post('', jobRequest({ displayName: 'b', workloads: undefined }));
    expect(reply.body).toMatchObject({ workloads: ['Teams', 'Exchange', 'ODSP', 'Meeting'] });
  });

  it.each(['Users', 'users', 'USERS'])(
    'accepts the resource type %s, and dates with an offset and fractions',
    async (resourceType) => {
      const reply = await new TestGraph().post(
        '',
        jobRequest({ resourceType, completeAfterDateTime: '2026-11-20T23:30:00.1234567+01:00' }),
      );
      expect(reply.status).toBe(201);
      expect(reply.body).toMatchObject({ completeAfterDateTime: '2026-11-20T22:30:00.123Z' });
    },
  );

  it('refuses more users than the limit of the tenant', async () => {
    const users = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => userId(index));
    const graph = new TestGraph();
    const over = await graph.post('', jobRequest({ resources: users(101) }));
    expect(over.status).toBe(422);
    expect(codesOf(over)).toEqual(['BadArgument', 'maxThresholdFailed', 'resources']);
    expect((await graph.post('', jobRequest({ resources: users(100) }))).status).toBe(201);
    const wide = new TestGraph({ scenario: { switches: { maxUsersPerJob: 2_000 } } });
    expect((await wide.post('', jobRequest({ resources: users(101) }))).status).toBe(201);
  });

  it('starts nothing by itself', async () => {
    const graph = new TestGraph();
    const id = await graph.created();
    graph.clock.advance(30 * day);
    expect(await graph.status(id)).toBe('submitted');
  });

  it('starts the validation with autoValidateOnCreate', async () => {
    const graph = new TestGraph({ scenario: { switches: { autoValidateOnCreate: true } } });
    const id = await graph.created();
    expect((await graph.post(`/${id}/validate`)).status).toBe(409);
    graph.clock.advance(day);
    expect(await graph.status(id)).toBe('validatePassed');
  });
});
