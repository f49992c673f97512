import { expect } from 'vitest';
import { codesOf, day, hour, startMs } from '../../local/graph-emulator/test/testGraph.ts';
import { conformanceCase } from './conformanceCase.ts';
import { openGraph } from './openGraph.ts';

const later = '2026-12-01T22:00:00Z';
const past = new Date(startMs - hour).toISOString();

conformanceCase(32, async () => {
  const { graph, client } = await openGraph();
  const id = await graph.created();
  const reply = await graph.call('PATCH', `/${id}`, { completeAfterDateTime: later });
  expect([reply.status, reply.text]).toEqual([204, '']);
  expect((await graph.get(`/${id}`)).body).toMatchObject({ completeAfterDateTime: later });
  expect(await client.updateJob(id, '2026-12-02T22:00:00.000Z')).toMatchObject({ kind: 'done' });
  expect(await client.getJob(id)).toMatchObject({
    value: { completeAfterDateTime: '2026-12-02T22:00:00Z' },
  });
});

conformanceCase(33, async () => {
  const { graph, client } = await openGraph();
  const id = await graph.migrating();
  graph.clock.advance(5 * hour);
  expect((await graph.call('PATCH', `/${id}`, { completeAfterDateTime: past })).status).toBe(204);
  // The mailboxes are synced and the date is due: it cuts over at once.
  expect(await graph.status(id)).toBe('cuttingOver');
  const other = await graph.created({ displayName: 'other', completeAfterDateTime: later });
  expect(await client.updateJob(other, past)).toMatchObject({ kind: 'done' });

  const strict = await openGraph({ scenario: { switches: { strictCompleteAfter: true } } });
  const stored = await strict.graph.created();
  const refused = await strict.graph.call('PATCH', `/${stored}`, { completeAfterDateTime: past });
  expect(refused.status).toBe(422);
  expect(codesOf(refused)).toEqual(['BadArgument', 'minThresholdFailed', 'completeAfterDateTime']);
  expect(await strict.client.updateJob(stored, past)).toMatchObject({
    kind: 'rejected',
    problem: { httpStatus: 422, codes: ['BadArgument', 'minThresholdFailed'] },
  });
  expect((await strict.graph.get(`/${stored}`)).body).toMatchObject({
    completeAfterDateTime: new Date(startMs + 2 * day).toISOString().replace('.000Z', 'Z'),
  });
});

conformanceCase(34, async () => {
  const { graph } = await openGraph();
  const id = await graph.created();
  const before = (await graph.get(`/${id}`)).text;
  for (const body of [
    { displayName: 'renamed' },
    { status: 'completed' },
    { workloads: ['Teams'] },
    { resources: [] },
    { completeAfterDateTime: later, sourceTenantId: '22222222-2222-3333-4444-555555555555' },
  ]) {
    expect((await graph.call('PATCH', `/${id}`, body)).status).toBe(400);
  }
  expect((await graph.get(`/${id}`)).text).toBe(before);
  expect((await graph.get('/renamed')).status).toBe(404);
});
