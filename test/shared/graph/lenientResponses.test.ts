import { describe, expect, it } from 'vitest';
import { clientsOn, creates, job, jobId, userId } from './clientOnPlan.ts';

const unset = '0001-01-01T00:00:00Z';

describe('a job', () => {
  it('is read whatever its informing members are', async () => {
    const odd = {
      ...job,
      message: { lang: 'en', value: 'words' },
      displayName: 7,
      completeAfterDateTime: 5,
      lastUpdatedDateTime: {},
      resources: [userId, null, 3],
      sourceTenantId: [],
      createdBy: 'me',
      exchangeSettings: 0,
    };
    expect(await clientsOn({ body: odd }).jobs.getJob(jobId)).toMatchObject({
      kind: 'done',
      value: {
        id: jobId,
        status: 'submitted',
        message: 'words',
        displayName: '7',
        completeAfterDateTime: null,
        lastUpdatedDateTime: null,
        resources: [userId],
        sourceTenantId: null,
      },
    });
    expect(
      await clientsOn({ body: { ...job, resources: 'none' } }).jobs.getJob(jobId),
    ).toMatchObject({ kind: 'done', value: { resources: [] } });
  });

  it.each([
    unset,
    '0001-01-01T00:00:00.0000000Z',
    '0001-01-01T00:00:00+02:00',
    '0001-01-01T00:00:00-08:00',
    '0000-12-31T22:00:00Z',
  ])('with the date %s has none', async (date) => {
    expect(
      await clientsOn({
        body: { ...job, completeAfterDateTime: date, lastUpdatedDateTime: date },
      }).jobs.getJob(jobId),
    ).toMatchObject({
      kind: 'done',
      value: { completeAfterDateTime: null, lastUpdatedDateTime: null },
    });
  });

  it('needs an id that an address takes, and a status', async () => {
    for (const body of [
      { ...job, id: 'x' },
      { ...job, id: null },
      { ...job, status: null },
      { ...job, status: 5 },
      { ...job, status: '' },
    ]) {
      expect(await clientsOn({ body }).jobs.getJob(jobId)).toMatchObject({
        kind: 'retryAfter',
        problem: { code: 'unreadableResponse' },
      });
    }
  });

  it('that was created is accepted without a status', async () => {
    expect(
      await creates['createJob']?.(
        clientsOn({ status: 201, body: { id: jobId, status: null, resources: {} } }),
      ),
    ).toMatchObject({ kind: 'done', value: { id: jobId, status: '' } });
  });
});

describe('the users of a job', () => {
  const task = (n: number, changes: object = {}) => ({
    id: `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`,
    currentStatus: [{ service: 'Teams', status: 'completed', message: '', errors: [] }],
    ...changes,
  });

  it('are read whatever their informing members are', async () => {
    const service = {
      service: 'Teams',
      status: 'failed',
      message: { value: 'm' },
      errors: [
        { code: 17, message: { value: 'n' } },
        'CTTM-005',
        { Code: 'CTTM-017', Message: 'o' },
      ],
    };
    const result = await clientsOn({
      body: task(1, {
        lastUpdatedDateTime: unset,
        createdBy: 3,
        currentStatus: [
          service,
          { ...service, errors: { code: 'a', message: 'b' } },
          { ...service, errors: 7 },
        ],
      }),
    }).jobs.getTask(jobId, userId);
    expect(result).toMatchObject({
      kind: 'done',
      value: {
        lastUpdatedDateTime: null,
        services: [
          {
            status: 'failed',
            message: 'm',
            errors: [
              { code: '17', message: 'n' },
              { code: 'CTTM-005', message: '' },
              { code: 'CTTM-017', message: 'o' },
            ],
          },
          { status: 'failed', errors: [{ code: 'a', message: 'b' }] },
          { status: 'failed' },
        ],
      },
    });
  });

  it('never appear finished because a service is unreadable', async () => {
    for (const broken of [null, 'Exchange', { service: 'Exchange', status: 4 }, {}]) {
      const result = await clientsOn({
        body: task(1, { currentStatus: [...task(1).currentStatus, broken] }),
      }).jobs.getTask(jobId, userId);
      const statuses =
        result.kind === 'done' ? result.value.services.map(({ status }) => status) : result;
      expect(statuses).toHaveLength(2);
      expect(statuses).not.toEqual(['completed', 'completed']);
    }
    expect(
      await clientsOn({ body: task(1, { currentStatus: 'completed' }) }).jobs.getTask(
        jobId,
        userId,
      ),
    ).toMatchObject({ kind: 'retryAfter' });
  });

  it('that cannot be read lose none of the others', async () => {
    const value = [
      task(1),
      null,
      'x',
      { id: 3 },
      { currentStatus: [] },
      task(2, { currentStatus: 5 }),
      task(3),
    ];
    const result = await clientsOn({ body: { value } }).jobs.listJobTasks(jobId);
    expect(result.kind === 'done' ? result.value.map(({ id }) => id) : result).toEqual([
      task(1).id,
      task(3).id,
    ]);
    expect(
      await clientsOn({ body: { value: [job, { ...job, id: null }, 7] } }).jobs.listJobs(),
    ).toMatchObject({ kind: 'done', value: [{ id: jobId }] });
  });

  it.each([
    [null],
    [''],
    [7],
    [{}],
    ['none'],
    ['/v1.0/next'],
    ['https://graph.example/v1.0/next'],
    ['http://graph.microsoft.com/v1.0/next'],
    ['https://graph.microsoft.com@graph.example/v1.0/next'],
    ['file:///etc/passwd'],
  ])('end with the next link %j', async (link) => {
    const { jobs, sent } = clientsOn({ body: { value: [task(1)], '@odata.nextLink': link } });
    expect(await jobs.listJobTasks(jobId)).toMatchObject({
      kind: 'done',
      value: [{ id: task(1).id }],
    });
    expect(sent).toHaveLength(1);
  });

  it('end with a next link that was followed before, and after more pages than there can be', async () => {
    const link = (n: number): string =>
      `https://graph.microsoft.com/v1.0/users?$skiptoken=${String(n)}`;
    const circle = clientsOn(
      ...[1, 2, 1].map((n) => ({ body: { value: [task(n)], '@odata.nextLink': link(n) } })),
    );
    const result = await circle.jobs.listJobTasks(jobId);
    expect(result.kind === 'done' ? result.value.map(({ id }) => id) : result).toEqual([
      task(1).id,
      task(2).id,
    ]);
    const endless = clientsOn(
      ...Array.from({ length: 2_600 }, (_, n) => ({
        body: { value: [task(n)], '@odata.nextLink': link(n) },
      })),
    );
    const all = await endless.jobs.listJobTasks(jobId);
    expect(all.kind === 'done' ? all.value.length : all).toBe(2_500);
  });
});

describe('a SharePoint task', () => {
  const task = { id: jobId, status: 'failed' };

  it('is read whatever its informing members are', async () => {
    const odd = {
      ...task,
      parameters: 'none',
      startedDateTime: unset,
      finishedDateTime: 7,
      lastUpdatedDateTime: '0001-01-01T00:00:00.000+01:00',
      createdBy: 5,
      error: { Code: 12, Message: { value: 'm' }, Details: { code: 'd' } },
      errors: 'sad',
    };
    expect(await clientsOn({ body: odd }).sharePoint.getTask(jobId)).toMatchObject({
      kind: 'done',
      value: {
        id: jobId,
        status: 'failed',
        parameters: {},
        startedDateTime: null,
        finishedDateTime: null,
        lastUpdatedDateTime: null,
        errors: [
          { code: '12', message: 'm' },
          { code: 'd', message: '' },
          { code: 'sad', message: '' },
        ],
      },
    });
  });

  it('shows no date in its parameters that was not set', async () => {
    const parameters = { preferredStartDateTime: unset, targetSiteUrl: 'https://x.example' };
    expect(
      await clientsOn({ body: { ...task, parameters } }).sharePoint.getTask(jobId),
    ).toMatchObject({
      value: { parameters: { preferredStartDateTime: null, targetSiteUrl: 'https://x.example' } },
    });
  });

  it('needs a status; one that was created needs an id or a status', async () => {
    expect(await clientsOn({ body: { id: jobId } }).sharePoint.getTask(jobId)).toMatchObject({
      kind: 'retryAfter',
    });
    expect(
      await creates['createSharePointTask']?.(clientsOn({ body: { id: jobId } })),
    ).toMatchObject({ kind: 'done', value: { id: jobId, status: '' } });
    expect(
      await creates['createSharePointTask']?.(
        clientsOn({ body: { id: '../x', status: 'notStarted' } }),
      ),
    ).toMatchObject({ kind: 'done', value: { id: null } });
  });
});

it('an entry of an identity map is read whatever its informing members are', async () => {
  const entry = {
    id: 7,
    sourceUserIdentity: {},
    targetUserIdentity: { userPrincipalName: 'lee@fabrico.com' },
    displayName: 3,
    userType: {},
  };
  expect(
    await clientsOn({ body: entry }).sharePoint.getUserMapping('lee@contoso.com'),
  ).toMatchObject({ kind: 'done', value: { id: null, target: 'lee@fabrico.com' } });
  expect(
    await clientsOn({ body: { ...entry, targetUserIdentity: 'lee' } }).sharePoint.getUserMapping(
      'lee@contoso.com',
    ),
  ).toMatchObject({ kind: 'done', value: { target: null } });
  expect(
    await clientsOn({
      body: { id: 'x', targetGroupIdentity: { id: jobId } },
    }).sharePoint.getGroupMapping(jobId),
  ).toMatchObject({ kind: 'done', value: { target: jobId } });
});
