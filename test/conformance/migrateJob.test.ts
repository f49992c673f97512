import { expect } from 'vitest';
import {
  all,
  completeAfterMs,
  day,
  hour,
  minute,
  startMs,
  userId,
} from '../../local/graph-emulator/test/testGraph.ts';
import { conformanceCase } from './conformanceCase.ts';
import { openGraph } from './openGraph.ts';

const broken = [{ workload: 'Teams', code: 'CTTM-001', message: 'm' }];

conformanceCase(22, async () => {
  const { graph, client } = await openGraph();
  const id = await graph.created();
  expect((await graph.post(`/${id}/migrate`)).status).toBe(409);
  expect(await client.migrateJob(id)).toMatchObject({ kind: 'conflict' });
  expect(await graph.status(id)).toBe('submitted');
});

conformanceCase(23, async () => {
  const { graph } = await openGraph({ scenario: { users: [{ id: userId(1), invalid: broken }] } });
  const id = await graph.validated();
  expect(await graph.status(id)).toBe('validateFailed');
  expect((await graph.post(`/${id}/migrate`)).status).toBe(409);
  expect(await graph.status(id)).toBe('validateFailed');
});

conformanceCase(24, async () => {
  const { graph, client } = await openGraph();
  const id = await graph.validated();
  const reply = await graph.post(`/${id}/migrate`);
  expect([reply.status, reply.body]).toMatchObject([
    200,
    { id, status: 'processing', jobType: 'migrate' },
  ]);
  const other = await graph.validated({ displayName: 'other', resources: [userId(3)] });
  expect(await client.migrateJob(other)).toMatchObject({
    kind: 'done',
    value: { id: other, status: 'processing' },
  });
});

conformanceCase(25, async () => {
  const { graph, client } = await openGraph();
  const inTime = await graph.validated({ displayName: 'in time', resources: [userId(1)] });
  const late = await graph.created({
    displayName: 'late',
    resources: [userId(2)],
    completeAfterDateTime: '2026-12-24T00:00:00Z',
  });
  await graph.act(late, 'validate');
  graph.clock.advance(7 * day);
  expect(await graph.status(inTime)).toBe('validatePassed');
  expect((await graph.post(`/${inTime}/migrate`)).status).toBe(200);
  graph.clock.advance(11 * minute);
  expect(await graph.status(late)).toBe('validatePassed');
  expect((await graph.post(`/${late}/migrate`)).status).toBe(409);
  expect(await client.migrateJob(late)).toMatchObject({ kind: 'conflict' });
  // What the app makes of it: validate again, then migrate.
  await graph.act(late, 'validate');
  graph.clock.advance(hour);
  expect((await graph.post(`/${late}/migrate`)).status).toBe(200);
});

conformanceCase(26, async () => {
  const { graph } = await openGraph({
    scenario: { users: [{ id: userId(1), failed: broken, failedTimes: 1 }] },
  });
  const id = await graph.migrating({ resources: [userId(1)] });
  graph.clock.advance(3 * day);
  expect(await graph.status(id)).toBe('failed');
  const reply = await graph.post(`/${id}/migrate`);
  expect([reply.status, reply.body]).toMatchObject([200, { status: 'processing' }]);
  graph.clock.advance(day);
  expect(await graph.status(id)).toBe('completed');
});

conformanceCase(27, async () => {
  const { graph } = await openGraph({
    scenario: { users: [{ id: userId(1), failed: broken, failedTimes: 1 }] },
  });
  const id = await graph.migrating();
  graph.clock.advance(3 * day);
  expect(await graph.status(id)).toBe('completedWithErrors');
  const reply = await graph.post(`/${id}/migrate`);
  expect([reply.status, reply.body]).toMatchObject([200, { status: 'processing' }]);
  graph.clock.advance(day);
  expect(await graph.status(id)).toBe('completed');
});

conformanceCase(28, async () => {
  const { graph } = await openGraph();
  const id = await graph.migrating();
  graph.clock.advance(3 * day);
  expect(await graph.status(id)).toBe('completed');
  expect((await graph.post(`/${id}/migrate`)).status).toBe(409);
  expect(await graph.status(id)).toBe('completed');
});

conformanceCase(29, async () => {
  const { graph } = await openGraph({
    scenario: { users: [{ id: userId(1), failed: broken, failedTimes: 1 }] },
  });
  const id = await graph.validated();
  expect(await graph.services(id, userId(1))).toEqual(all('valid'));
  await graph.act(id, 'migrate');
  for (const user of [userId(1), userId(2)])
    expect(await graph.services(id, user)).toEqual(all('notStarted'));
  graph.clock.advance(3 * day);
  expect(await graph.services(id, userId(1))).toMatchObject({
    Teams: 'failed',
    Exchange: 'completed',
  });
  await graph.act(id, 'migrate');
  expect(await graph.services(id, userId(1))).toEqual(all('notStarted'));
});

conformanceCase(30, async () => {
  const { graph } = await openGraph();
  const id = await graph.migrating();
  const seen = new Set<string>();
  for (let atMs = startMs + hour; atMs < completeAfterMs; atMs += hour) {
    graph.advanceTo(atMs);
    seen.add(await graph.status(id));
  }
  graph.advanceTo(completeAfterMs - 1);
  seen.add(await graph.status(id));
  expect([...seen]).toEqual(['inProgress']);
  graph.advanceTo(completeAfterMs);
  expect(await graph.status(id)).toBe('cuttingOver');
});

conformanceCase(31, async () => {
  const { graph } = await openGraph();
  // Due long before its two hours of sync are over.
  const id = await graph.migrating({
    completeAfterDateTime: new Date(startMs + hour).toISOString(),
  });
  const syncedMs = startMs + 15 * minute + 2 * hour;
  graph.advanceTo(syncedMs - 1);
  expect(await graph.status(id)).toBe('inProgress');
  graph.advanceTo(syncedMs);
  expect(await graph.status(id)).toBe('cuttingOver');
  graph.clock.advance(hour);
  expect(await graph.status(id)).toBe('completed');
  expect(await graph.services(id, userId(1))).toEqual(all('completed'));
});
