import { expect } from 'vitest';
import {
  codesOf,
  completeAfterMs,
  day,
  hour,
  jobRequest,
  sourceTenantId,
  startMs,
  userId,
} from '../../local/graph-emulator/test/testGraph.ts';
import { conformanceCase } from './conformanceCase.ts';
import { openGraph } from './openGraph.ts';

const newJob = {
  displayName: 'wave07-b003',
  sourceTenantId,
  completeAfterDateTime: new Date(completeAfterMs).toISOString(),
  workloads: ['Teams'] as const,
  resources: [userId(1), userId(2)],
};

conformanceCase(1, async () => {
  const { graph, client } = await openGraph();
  const reply = await graph.post('', jobRequest());
  expect(reply.status).toBe(201);
  expect(reply.body).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    status: 'submitted',
    resources: [userId(1), userId(2)],
  });
  const created = await client.createJob({ ...newJob, displayName: 'by the client' });
  expect(created).toMatchObject({
    kind: 'done',
    value: { status: 'submitted', resources: [userId(1), userId(2)] },
  });
});

conformanceCase(2, async () => {
  const { graph, client } = await openGraph();
  const id = await graph.created({ displayName: "o'neil's wave 7" });
  expect((await graph.get(`/${id}`)).body).toMatchObject({ id });
  const byKey = await graph.get("(displayName='o%27%27neil%27%27s%20wave%207')");
  expect([byKey.status, byKey.body]).toMatchObject([200, { id }]);
  expect(await client.getJob(id)).toMatchObject({
    kind: 'done',
    value: { id, displayName: "o'neil's wave 7" },
  });
  expect(await client.findJobByName("o'neil's wave 7")).toMatchObject({
    kind: 'done',
    value: { id },
  });
});

conformanceCase(3, async () => {
  const { graph } = await openGraph();
  const id = await graph.created({ displayName: 'wave 07' });
  await graph.created({ displayName: 'wave 08' });
  const reply = await graph.get('/wave%2007');
  expect([reply.status, reply.body]).toMatchObject([200, { id, displayName: 'wave 07' }]);
});

conformanceCase(4, async () => {
  const { graph, client } = await openGraph();
  const id = await graph.created();
  const reply = await graph.post('', jobRequest({ resources: [userId(3)] }));
  expect(reply.status).toBe(422);
  expect(codesOf(reply)).toEqual(['BadArgument', 'duplicateDisplayNameJob', 'displayName']);
  const refused = await client.createJob(newJob);
  expect(refused).toMatchObject({
    kind: 'rejected',
    problem: { httpStatus: 422, codes: ['BadArgument', 'duplicateDisplayNameJob'] },
  });
  expect(await client.findJobByName('wave07-b003')).toMatchObject({ kind: 'done', value: { id } });
});

conformanceCase(5, async () => {
  const { graph, client } = await openGraph();
  for (const atMs of [startMs, startMs - day]) {
    const reply = await graph.post(
      '',
      jobRequest({ completeAfterDateTime: new Date(atMs).toISOString() }),
    );
    expect(reply.status).toBe(422);
    expect(codesOf(reply)).toEqual(['BadArgument', 'minThresholdFailed', 'completeAfterDateTime']);
  }
  const refused = await client.createJob({
    ...newJob,
    completeAfterDateTime: new Date(startMs).toISOString(),
  });
  expect(refused).toMatchObject({
    kind: 'rejected',
    problem: { codes: ['BadArgument', 'minThresholdFailed'] },
  });
  expect(
    (
      await graph.post(
        '',
        jobRequest({ completeAfterDateTime: new Date(startMs + 1000).toISOString() }),
      )
    ).status,
  ).toBe(201);
});

conformanceCase(6, async () => {
  const { graph } = await openGraph();
  for (const member of [
    'displayName',
    'completeAfterDateTime',
    'sourceTenantId',
    'resourceType',
    'resources',
  ]) {
    const reply = await graph.post('', jobRequest({ [member]: undefined }));
    expect(reply.status, `without ${member}`).toBe(400);
    expect(codesOf(reply), `without ${member}`).toContain(member);
  }
  expect((await graph.get('/$count')).text).toBe('0');
});

conformanceCase(7, async () => {
  const { graph } = await openGraph();
  for (const workloads of [['Exchange'], ['Teams', 'Exchange', 'ODSP'], undefined]) {
    expect(
      (await graph.post('', jobRequest({ workloads, exchangeSettings: undefined }))).status,
    ).toBe(400);
  }
  expect(
    (
      await graph.post(
        '',
        jobRequest({ workloads: ['Teams', 'ODSP'], exchangeSettings: undefined }),
      )
    ).status,
  ).toBe(201);
});

conformanceCase(8, async () => {
  const { graph } = await openGraph();
  for (const resourceType of ['Groups', 'Sites', 'User', ''])
    expect((await graph.post('', jobRequest({ resourceType }))).status).toBe(400);
  for (const [n, resourceType] of ['Users', 'users', 'USERS'].entries()) {
    expect(
      (await graph.post('', jobRequest({ resourceType, displayName: `job ${String(n)}` }))).status,
    ).toBe(201);
  }
});

conformanceCase(9, async () => {
  const users = (count: number): string[] => Array.from({ length: count }, (_, n) => userId(n + 1));
  const { graph } = await openGraph();
  expect((await graph.post('', jobRequest({ resources: users(101) }))).status).toBe(422);
  expect((await graph.post('', jobRequest({ resources: users(100) }))).status).toBe(201);
  const small = await openGraph({ scenario: { switches: { maxUsersPerJob: 2 } } });
  expect((await small.graph.post('', jobRequest({ resources: users(3) }))).status).toBe(422);
  expect((await small.graph.post('', jobRequest({ resources: users(2) }))).status).toBe(201);
});

conformanceCase(10, async () => {
  const { graph } = await openGraph();
  for (const workloads of [['Meeting'], ['Meeting', 'Teams'], ['Meeting', 'Exchange', 'ODSP']]) {
    const id = await graph.created({
      displayName: workloads.join(' '),
      workloads,
      completeAfterDateTime: '2026-12-24T00:00:00Z',
    });
    await graph.act(id, 'validate');
    graph.clock.advance(day);
    expect(await graph.status(id)).toBe('validateFailed');
    await graph.act(id, 'cancel');
    graph.clock.advance(hour);
  }
});

conformanceCase(11, async () => {
  const { graph } = await openGraph();
  const id = await graph.created();
  const seen = new Set<string>();
  for (let days = 0; days < 5; days += 1) {
    seen.add(await graph.status(id));
    graph.clock.advance(day);
  }
  expect([...seen]).toEqual(['submitted']);
  const eager = await openGraph({ scenario: { switches: { autoValidateOnCreate: true } } });
  const validated = await eager.graph.created();
  eager.graph.clock.advance(5 * day);
  expect(await eager.graph.status(validated)).toBe('validatePassed');
});

conformanceCase(15, async () => {
  const { graph, client } = await openGraph();
  const unknown = 'dddddddd-0000-4000-8000-000000000001';
  await graph.created();
  const reply = await graph.get(`/${unknown}`);
  expect(reply.status).toBe(404);
  expect(reply.body).toEqual({
    error: {
      code: expect.stringMatching(/./) as string,
      message: expect.stringMatching(/./) as string,
      innerError: {
        date: expect.any(String) as string,
        'request-id': reply.headers.get('request-id'),
        'client-request-id': expect.any(String) as string,
      },
    },
  });
  expect(await client.getJob(unknown)).toMatchObject({
    kind: 'notFound',
    problem: { httpStatus: 404 },
  });
  expect(await client.findJobByName('nobody made this')).toMatchObject({ kind: 'notFound' });
});
