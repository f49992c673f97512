import { expect } from 'vitest';
import { z } from 'zod';
import {
  codesOf,
  jobRequest,
  jobsPath,
  targetTenantId,
  userId,
} from '../../local/graph-emulator/test/testGraph.ts';
import { describeProblem } from '../../shared/graph/problems.ts';
import { DevelopmentCredential } from '../../shared/graph/tenant.ts';
import { asks, changedJobs, instead } from './changedAnswers.ts';
import { conformanceCase } from './conformanceCase.ts';
import { openApp } from './openApp.ts';
import { openGraph } from './openGraph.ts';

const guid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const newJob = {
  displayName: 'wave07-b003',
  sourceTenantId: '11111111-2222-3333-4444-555555555555',
  completeAfterDateTime: '2026-12-01T22:00:00Z',
  workloads: ['Teams'] as const,
  resources: [userId(1)],
};

conformanceCase(54, async () => {
  const reader = 'eeeeeeee-0000-4000-8000-000000000001';
  const scenario = {
    clients: [{ clientId: reader, permissions: ['CrossTenantContentMigration.Read.All'] }],
  };
  const { graph, url, clientWith, asked } = await openGraph({ scenario });
  const bare = await fetch(`${url}${jobsPath}`);
  expect(bare.status).toBe(401);
  const authorization = `Bearer ${await graph.token(reader)}`;
  expect((await graph.call('GET', '', undefined, { authorization })).status).toBe(200);
  const refused = await graph.call('POST', '', jobRequest(), { authorization });
  expect([refused.status, codesOf(refused)]).toEqual([403, ['Authorization_RequestDenied']]);

  const before = (await asked()).length;
  expect(await clientWith({ clientId: reader }).createJob(newJob)).toMatchObject({
    kind: 'rejected',
    problem: { httpStatus: 403 },
  });
  expect((await asked()).slice(before).map(({ status }) => status)).toEqual([403]);
  let tokens = 0;
  const credential = {
    getToken: () =>
      Promise.resolve({
        token: `rubbish-${String((tokens += 1))}`,
        expiresOnTimestamp: Date.now() + 3_600_000,
      }),
  };
  expect(await clientWith({ credential }).createJob(newJob)).toMatchObject({
    kind: 'rejected',
    problem: { httpStatus: 401 },
  });
  expect((await asked()).slice(before + 1).map(({ status }) => status)).toEqual([401, 401]);
  expect(tokens).toBe(2);
});

conformanceCase(55, async () => {
  const attemptsOf = async (
    times: number,
    headers: Record<string, string>,
  ): Promise<{ readonly gaps: number[]; readonly phase: string }> => {
    const atMs: number[] = [];
    const throttled = instead(times, asks('POST', '/validate'), () =>
      Response.json({ error: { code: 'TooManyRequests', message: 'm' } }, { status: 429, headers }),
    );
    const app = await openApp({
      interference: {
        before: (request) => {
          if (asks('POST', '/validate')(request)) atMs.push(app.clock.now());
          return throttled.before?.(request) ?? Promise.resolve(undefined);
        },
      },
    });
    const id = await app.accept(1);
    await app.engine.settle();
    return {
      gaps: atMs.slice(1).map((at, n) => (at - (atMs[n] ?? 0)) / 1000),
      phase: (await app.migration(id)).phase,
    };
  };
  const told = await attemptsOf(1, { 'retry-after': '7' });
  expect(told.phase).toBe('completed');
  expect(told.gaps).toHaveLength(1);
  expect(told.gaps[0]).toBeGreaterThanOrEqual(7);
  const untold = await attemptsOf(6, {});
  expect(untold.phase).toBe('completed');
  expect(untold.gaps).toHaveLength(6);
  expect(untold.gaps).toEqual(untold.gaps.toSorted((a, b) => a - b));
  expect(untold.gaps.at(-1)).toBeGreaterThan(4 * (untold.gaps[0] ?? Infinity));
});

conformanceCase(56, async () => {
  const { graph, client, asked } = await openGraph({
    interference: instead(1, asks('POST', '/validate'), () => {
      const now = Date.parse('2001-01-01T00:00:00Z');
      // Read against the answer's own date: this server's clock is a quarter of a century behind.
      return new Response(null, {
        status: 429,
        headers: {
          date: new Date(now).toUTCString(),
          'retry-after': new Date(now + 42_000).toUTCString(),
        },
      });
    }),
  });
  const id = await graph.created();
  // And the second by which a durable timer may be early.
  expect(await client.validateJob(id)).toMatchObject({ kind: 'retryAfter', seconds: 43 });
  expect((await asked()).filter(({ path }) => path.endsWith('/validate'))).toHaveLength(1);
  expect(await graph.status(id)).toBe('submitted');
});

conformanceCase(57, async () => {
  const unavailable = (): Response =>
    new Response('<html>Service Unavailable</html>', { status: 503 });
  const reading = await openGraph({
    interference: instead(
      1,
      (request) => asks('GET', '')(request) && request.headers.has('prefer'),
      unavailable,
    ),
  });
  const id = await reading.graph.created();
  expect(await reading.client.getJob(id)).toMatchObject({ kind: 'done', value: { id } });
  expect((await reading.asked()).map(({ status }) => status)).toEqual([201, 503, 200]);

  const isCreate = asks('POST', '/crossTenantMigrationJobs');
  let lost = 1;
  const takesEffect = {
    after: (request: Request) =>
      Promise.resolve(isCreate(request) && lost-- > 0 ? unavailable() : undefined),
  };
  for (const [interference, posts] of [
    [instead(1, isCreate, unavailable), 2],
    [takesEffect, 1],
  ] as const) {
    const app = await openApp({ interference });
    const migrationId = await app.accept(2);
    await app.engine.settle();
    expect((await app.migration(migrationId)).phase).toBe('completed');
    expect(await app.jobs()).toHaveLength(1);
    const calls = (await app.log())
      .filter(({ path }) => !path.endsWith('/token'))
      .map(
        ({ method, path }) =>
          `${method} ${path.includes('displayName=') ? 'by name' : path.endsWith('Jobs') ? 'jobs' : 'job'}`,
      );
    expect(calls.slice(0, 2)).toEqual(['POST jobs', 'GET by name']);
    expect(calls.filter((call) => call === 'POST jobs')).toHaveLength(posts);
  }
});

conformanceCase(58, async () => {
  const unavailable = instead(
    2,
    (request) => asks('GET', '')(request) && request.headers.has('prefer'),
    () => new Response(null, { status: 503 }),
  );
  const nameless = changedJobs((job) => ({ ...job, id: undefined }));
  let isNameless = false;
  const { graph, client, asked } = await openGraph({
    interference: {
      ...unavailable,
      after: (request, response) =>
        (isNameless ? nameless.after?.(request, response) : undefined) ??
        Promise.resolve(undefined),
    },
  });
  const id = await graph.created();
  const before = (await asked()).length;
  await client.getJob(id);
  await client.validateJob(id);
  const refused = await client.validateJob(id);
  const sent = (await asked()).slice(before);
  expect(sent.map(({ status }) => status)).toEqual([503, 503, 200, 200, 409]);
  const ids = sent.map(({ clientRequestId }) => clientRequestId);
  for (const one of ids) expect(one).toMatch(guid);
  expect(new Set(ids).size).toBe(5);
  const requestId = sent.at(-1)?.requestId;
  expect(refused).toMatchObject({
    kind: 'conflict',
    problem: { requestId, clientRequestId: ids.at(-1) },
  });
  if (refused.kind === 'conflict')
    expect(describeProblem(refused.problem)).toContain(`request-id ${String(requestId)}`);
  isNameless = true;
  const unreadable = await client.getJob(id);
  expect(unreadable).toMatchObject({
    kind: 'retryAfter',
    problem: { code: 'unreadableResponse', requestId: (await asked()).at(-1)?.requestId },
  });
});

conformanceCase(59, async () => {
  const claims = '{"access_token":{"nbf":{"essential":true,"value":"1793822400"}}}';
  const challenge = `Bearer realm="", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`;
  for (const [challenges, expected] of [
    [1, { kind: 'done' }],
    [Infinity, { kind: 'rejected', problem: { httpStatus: 401 } }],
  ] as const) {
    const { url, clientWith, asked } = await openGraph({
      interference: instead(
        challenges,
        (request) => request.headers.has('prefer'),
        () => new Response(null, { status: 401, headers: { 'www-authenticate': challenge } }),
      ),
    });
    const inner = new DevelopmentCredential(
      `${url}/${targetTenantId}/oauth2/v2.0/token`,
      userId(1),
    );
    const wanted: (string | undefined)[] = [];
    const credential = {
      getToken: (scopes: string | string[], options?: { claims?: string }) => {
        wanted.push(options?.claims);
        return inner.getToken(scopes);
      },
    };
    expect(await clientWith({ credential }).createJob(newJob)).toMatchObject(expected);
    expect(wanted).toEqual([undefined, claims]);
    expect((await asked()).map(({ status }) => status)).toEqual(
      challenges === 1 ? [401, 201] : [401, 401],
    );
  }
});

const batchSchema = z.object({
  responses: z.array(
    z.looseObject({
      id: z.string(),
      status: z.number(),
      headers: z.record(z.string(), z.string()),
      body: z.unknown().optional(),
    }),
  ),
});

conformanceCase(60, async () => {
  const { graph } = await openGraph({
    interference: instead(
      1,
      asks('GET', '/wave07-b003'),
      () => new Response(null, { status: 429, headers: { 'retry-after': '7' } }),
    ),
  });
  const id = await graph.created();
  const jobs = jobsPath.replace('/v1.0', '');
  const batch = (ids: readonly string[], url = jobs) =>
    graph.call('POST', '/v1.0/$batch', {
      requests: ids.map((one) => ({ id: one, method: 'GET', url })),
    });
  const many = Array.from({ length: 21 }, (_, n) => String(n));
  expect((await batch(many)).status).toBe(400);
  expect((await batch(many.slice(1))).status).toBe(200);
  expect((await batch(['a', 'b', 'A'])).status).toBe(400);
  const reply = await graph.call('POST', '/v1.0/$batch', {
    requests: [
      { id: '1', method: 'GET', url: `${jobs}/wave07-b003` },
      { id: '2', method: 'POST', url: `${jobs}/${id}/validate` },
      { id: '3', method: 'GET', url: `${jobs}/${userId(1)}` },
      { id: '4', method: 'GET', url: jobs, dependsOn: ['1'] },
      {
        id: '5',
        method: 'PATCH',
        url: `${jobs}/${id}`,
        headers: { 'Content-Type': 'application/json' },
        body: { completeAfterDateTime: '2026-12-01T22:00:00Z' },
      },
    ],
  });
  expect(reply.status).toBe(200);
  const { responses } = batchSchema.parse(reply.body);
  expect(Object.fromEntries(responses.map((one) => [one.id, one.status]))).toEqual({
    1: 429,
    2: 200,
    3: 404,
    4: 424,
    5: 204,
  });
  expect(responses.find((one) => one.id === '1')?.headers).toMatchObject({ 'retry-after': '7' });
  expect((await graph.get(`/${id}`)).body).toMatchObject({
    status: 'validateSubmitted',
    completeAfterDateTime: '2026-12-01T22:00:00Z',
  });
});
