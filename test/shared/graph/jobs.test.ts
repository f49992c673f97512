import { describe, expect, it } from 'vitest';
import { createJobClient, type NewJob } from '../../../shared/graph/jobs.ts';
import { type Planned, plannedResponses } from './plannedResponses.ts';

const jobId = '0f1e2d3c-4b5a-4697-8877-665544332211';
const job = {
  id: jobId,
  displayName: 'wave07-b001',
  status: 'submitted',
  message: '',
  completeAfterDateTime: '2026-11-20T22:00:00Z',
  resources: [],
};
const newJob: NewJob = {
  displayName: 'wave07-b001',
  sourceTenantId: '11111111-2222-3333-4444-555555555555',
  completeAfterDateTime: '2026-11-20T22:00:00.123Z',
  workloads: ['Teams'],
  resources: ['aaaaaaaa-0000-4000-8000-000000000001'],
};

/** Returns a client with planned responses; the last one repeats. */
function clientWith(...plan: Planned[]) {
  const { httpClient, sent } = plannedResponses(plan);
  const tokens: { claims: string | undefined }[] = [];
  const credential = {
    getToken: (_scopes: string | string[], options?: { claims?: string }) => {
      tokens.push({ claims: options?.claims });
      return Promise.resolve({
        token: `token-${String(tokens.length)}`,
        expiresOnTimestamp: Date.now() + 3_600_000,
      });
    },
  };
  const graph = { baseUrl: 'https://graph.microsoft.com', jobsVersion: 'v1.0' as const };
  return {
    client: createJobClient({ config: { graph }, credential, httpClient, readRetryDelayMs: 1 }),
    sent,
    tokens,
  };
}

const graphError = (code: string, details: object[] = []) => ({
  error: {
    code,
    message: 'lee@contoso.com',
    details,
    innerError: { code: 'deepest', 'request-id': 'x' },
  },
});

describe('requests', () => {
  it('go to the documented addresses, with the documented bodies', async () => {
    const { client, sent } = clientWith({ body: job });
    await client.createJob(newJob);
    await client.getJob(jobId);
    await client.findJobByName("o'neil wave");
    await client.validateJob(jobId);
    await client.migrateJob(jobId);
    await client.cancelJob(jobId);
    await client.checkAccess();
    const jobs = 'https://graph.microsoft.com/v1.0/solutions/migrations/crossTenantMigrationJobs';
    expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST ${jobs}`,
      `GET ${jobs}/${jobId}`,
      `GET ${jobs}(displayName='o%27%27neil%20wave')`,
      `POST ${jobs}/${jobId}/validate`,
      `POST ${jobs}/${jobId}/migrate`,
      `POST ${jobs}/${jobId}/cancel`,
      `GET ${jobs}?$top=1`,
    ]);
    expect(sent[0]?.body).toEqual({
      ...newJob,
      completeAfterDateTime: '2026-11-20T22:00:00Z',
      resourceType: 'Users',
    });
    expect(sent.slice(1).map(({ body }) => body)).toEqual(Array<undefined>(6).fill(undefined));
  });

  it('carry a token, the wish for unknown members, and a fresh client-request-id for each attempt', async () => {
    const { client, sent } = clientWith({ status: 503 }, { body: job });
    await client.getJob(jobId);
    expect(sent[0]?.headers).toMatchObject({
      authorization: 'Bearer token-1',
      prefer: 'include-unknown-enum-members',
      accept: 'application/json',
    });
    const ids = sent.map(({ headers }) => headers['client-request-id']);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
  });

  it('never carry an id that is not one', async () => {
    const { client, sent } = clientWith({ body: job });
    await expect(client.getJob('../../users')).rejects.toThrow('must be a GUID');
    expect(sent).toEqual([]);
  });
});

describe('responses', () => {
  it.each([
    ['bare', job],
    ['wrapped', { value: job }],
    ['with members that nobody knows', { ...job, extra: { a: 1 }, workloads: null }],
  ])('of a job are read %s', async (_, body) => {
    const { client } = clientWith({ body });
    expect(await client.getJob(jobId)).toMatchObject({
      kind: 'done',
      value: {
        id: jobId,
        status: 'submitted',
        completeAfterDateTime: '2026-11-20T22:00:00Z',
        resources: [],
        sourceTenantId: null,
      },
    });
  });

  it.each([
    ['Submitted', 'submitted'],
    ['Canceled', 'cancelled'],
    ['CANCELLED', 'cancelled'],
    ['validatepassed', 'validatePassed'],
    ['frobnicating', 'frobnicating'],
  ])('with the status %s mean %s', async (status, expected) => {
    const { client } = clientWith({ body: { ...job, status } });
    expect(await client.getJob(jobId)).toMatchObject({ kind: 'done', value: { status: expected } });
  });

  it.each([200, 202, 204])('of cancel may be %i, with any body or none', async (status) => {
    const { client } = clientWith({
      status,
      body: status === 204 ? undefined : { value: { status: 'Accepted' } },
    });
    expect(await client.cancelJob(jobId)).toMatchObject({ kind: 'done', value: null });
  });

  it('that are not what Graph documents say what is missing, with the request-id', async () => {
    const { client } = clientWith({ body: { nothing: true } });
    expect(await client.getJob(jobId)).toMatchObject({
      kind: 'retryAfter',
      seconds: 30,
      problem: {
        httpStatus: 200,
        code: 'unreadableResponse',
        message: 'get job: the body is not what Graph documents (id, status)',
        requestId: 'req-1',
      },
    });
  });
});

describe('refusals', () => {
  it.each([
    [400, 'rejected'],
    [403, 'rejected'],
    [404, 'notFound'],
    [409, 'conflict'],
    [410, 'notFound'],
    [422, 'rejected'],
    [500, 'unknown'],
    [501, 'rejected'],
    [504, 'unknown'],
  ])('of a write by %i are %s, and the write is sent once', async (status, kind) => {
    const { client, sent } = clientWith({
      status,
      body: graphError('BadArgument', [{ code: 'duplicateDisplayNameJob' }]),
    });
    expect(await client.createJob(newJob)).toMatchObject({
      kind,
      problem: {
        httpStatus: status,
        code: 'deepest',
        codes: ['BadArgument', 'duplicateDisplayNameJob', 'deepest'],
        requestId: 'req-1',
        clientRequestId: sent[0]?.headers['client-request-id'],
      },
    });
    expect(sent).toHaveLength(1);
  });

  it('of a write that may have taken effect say how long to wait, where Graph says so', async () => {
    const { client } = clientWith({ status: 503, body: '', headers: { 'retry-after': '900' } });
    expect(await client.cancelJob(jobId)).toMatchObject({ kind: 'unknown', seconds: 901 });
    const { client: silent } = clientWith({ status: 503, body: '' });
    expect(await silent.cancelJob(jobId)).toMatchObject({ kind: 'unknown', seconds: 0 });
  });

  it('may come without a body that anybody can read', async () => {
    const { client } = clientWith({ status: 403, body: '<html>Gateway</html>' });
    expect(await client.createJob(newJob)).toMatchObject({
      kind: 'rejected',
      problem: { code: '', codes: [] },
    });
  });

  it.each([
    [{ 'retry-after': '120' }, 121],
    [
      { 'retry-after': 'Fri, 20 Nov 2026 08:02:00 GMT', date: 'Fri, 20 Nov 2026 08:00:00 GMT' },
      121,
    ],
    [{ 'retry-after': '43200' }, 43_201],
    [{ 'retry-after': '999999' }, 86_401],
    [{ 'retry-after': 'soon' }, 30],
    [{}, 30],
  ])('by throttling with %j ask for %i seconds', async (headers, seconds) => {
    const { client } = clientWith({ status: 429, headers });
    expect(await client.migrateJob(jobId)).toMatchObject({ kind: 'retryAfter', seconds });
  });
});

describe('missing responses', () => {
  it('make the result of a write unknown, and it is not sent again', async () => {
    const { client, sent } = clientWith({ lost: true });
    expect(await client.createJob(newJob)).toMatchObject({
      kind: 'unknown',
      problem: { httpStatus: 0, requestId: null },
    });
    expect(sent).toHaveLength(1);
  });

  it('of a read are asked for again a few times, then later', async () => {
    const { client, sent } = clientWith({ lost: true });
    expect(await client.getJob(jobId)).toMatchObject({ kind: 'retryAfter' });
    expect(sent).toHaveLength(4);
  });

  it('of a read with a long Retry-After are returned at once', async () => {
    const { client, sent } = clientWith({ status: 503, headers: { 'retry-after': '300' } });
    expect(await client.getJob(jobId)).toMatchObject({ kind: 'retryAfter', seconds: 301 });
    expect(sent).toHaveLength(1);
  });
});

describe('tokens', () => {
  it('are fetched anew once after a 401, also for a write', async () => {
    const { client, sent, tokens } = clientWith({ status: 401 }, { status: 201, body: job });
    expect(await client.createJob(newJob)).toMatchObject({ kind: 'done' });
    expect([sent.length, tokens.length]).toEqual([2, 2]);
    const refused = clientWith({ status: 401, body: graphError('InvalidAuthenticationToken') });
    expect(await refused.client.getJob(jobId)).toMatchObject({
      kind: 'rejected',
      problem: { httpStatus: 401 },
    });
    expect(refused.sent).toHaveLength(2);
  });

  it('are fetched with the claims that a challenge asks for', async () => {
    const claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}';
    const challenge = `Bearer realm="", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`;
    const { client, tokens } = clientWith(
      { status: 401, headers: { 'www-authenticate': challenge } },
      { body: job },
    );
    expect(await client.getJob(jobId)).toMatchObject({ kind: 'done' });
    expect(tokens.at(-1)?.claims).toBe(claims);
  });
});

describe('the users of a job', () => {
  const task = (n: number) => ({
    id: `AAAAAAAA-0000-4000-8000-${String(n).padStart(12, '0')}`,
    currentStatus: [
      {
        service: 'teams',
        status: 'Completed',
        message: null,
        errors: [{ code: 'CTTM-017', message: 'm', target: 'x' }],
      },
      { service: 'Yammer', status: 'dancing' },
    ],
  });

  it('are read over all pages, past an empty one, in one spelling', async () => {
    const link = (n: number) =>
      `https://graph.microsoft.com/v1.0/solutions/migrations/CrossTenantMigrationJobs/${jobId}/users?$skiptoken=%5b${String(n)}`;
    const { client, sent } = clientWith(
      { body: { value: [task(1)], '@odata.nextLink': link(1) } },
      { body: { value: [], '@odata.nextLink': link(2) } },
      { body: { value: [task(2)] } },
    );
    const result = await client.listJobTasks(jobId);
    expect(result).toMatchObject({ kind: 'done' });
    expect(result.kind === 'done' ? result.value.map(({ id }) => id) : []).toEqual([
      'aaaaaaaa-0000-4000-8000-000000000001',
      'aaaaaaaa-0000-4000-8000-000000000002',
    ]);
    expect(result.kind === 'done' ? result.value[0]?.services : []).toEqual([
      {
        service: 'Teams',
        status: 'completed',
        message: '',
        errors: [{ code: 'CTTM-017', message: 'm' }],
      },
      { service: 'Yammer', status: 'dancing', message: '', errors: [] },
    ]);
    expect(sent.map(({ url }) => url).slice(1)).toEqual([link(1), link(2)]);
    expect(sent[2]?.headers['authorization']).toBe('Bearer token-1');
  });

  it('are not asked for elsewhere, nor for ever', async () => {
    const elsewhere = clientWith({
      body: { value: [task(1)], '@odata.nextLink': 'https://evil.example/users' },
    });
    expect(await elsewhere.client.listJobTasks(jobId)).toMatchObject({
      kind: 'done',
      value: [{ id: task(1).id.toLowerCase() }],
    });
    expect(elsewhere.sent).toHaveLength(1);
    const circle = clientWith({
      body: {
        value: [task(1)],
        '@odata.nextLink': `https://graph.microsoft.com/v1.0/solutions/migrations/crossTenantMigrationJobs/${jobId}/users`,
      },
    });
    expect(await circle.client.listJobTasks(jobId)).toMatchObject({
      kind: 'done',
      value: [{ id: task(1).id.toLowerCase() }],
    });
    expect(circle.sent).toHaveLength(2);
  });

  it('that cannot be listed are a result like any other', async () => {
    const { client } = clientWith({ status: 404 });
    expect(await client.listJobTasks(jobId)).toMatchObject({ kind: 'notFound' });
  });
});
