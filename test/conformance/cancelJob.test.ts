import { expect } from 'vitest';
import {
  completeAfterMs,
  day,
  hour,
  minute,
  type TestGraph,
  userId,
} from '../../local/graph-emulator/test/testGraph.ts';
import { conformanceCase } from './conformanceCase.ts';
import { endedJobs, failingUsers } from './endedJobs.ts';
import { openGraph } from './openGraph.ts';

/** A job of each status that can be cancelled, all of one user who is in no other. */
const cancellable: readonly (readonly [string, (graph: TestGraph) => Promise<string>])[] = [
  ['submitted', (graph) => graph.created()],
  ['validateSubmitted', (graph) => validating(graph, 0)],
  ['validateProcessing', (graph) => validating(graph, 2 * minute)],
  ['validateInProgress', (graph) => validating(graph, 5 * minute)],
  ['validatePassed', (graph) => graph.validated()],
  ['validateFailed', (graph) => graph.validated({ workloads: ['Meeting'] })],
  ['processing', (graph) => graph.migrating()],
  [
    'inProgress',
    async (graph) => {
      const id = await graph.migrating();
      graph.clock.advance(hour);
      return id;
    },
  ],
];

async function validating(graph: TestGraph, advanceMs: number): Promise<string> {
  const id = await graph.created();
  await graph.act(id, 'validate');
  graph.clock.advance(advanceMs);
  return id;
}

conformanceCase(35, async () => {
  for (const [status, jobOf] of cancellable) {
    const { graph, client } = await openGraph();
    const id = await jobOf(graph);
    expect(await graph.status(id)).toBe(status);
    const reply = await graph.post(`/${id}/cancel`);
    expect([reply.status, reply.body], status).toMatchObject([
      202,
      { id, status: 'pendingCancel' },
    ]);
    expect(await client.getJob(id)).toMatchObject({ value: { status: 'pendingCancel' } });
    graph.clock.advance(hour);
    expect(await client.getJob(id)).toMatchObject({ value: { status: 'cancelled' } });
  }
});

conformanceCase(36, async () => {
  const { graph, client } = await openGraph();
  const id = await graph.migrating();
  graph.advanceTo(completeAfterMs + minute);
  expect(await graph.status(id)).toBe('cuttingOver');
  expect((await graph.post(`/${id}/cancel`)).status).toBe(409);
  expect(await client.cancelJob(id)).toMatchObject({ kind: 'conflict' });
  expect(await graph.status(id)).toBe('cuttingOver');
  graph.clock.advance(day);
  expect(await graph.status(id)).toBe('completed');
});

conformanceCase(37, async () => {
  const { graph } = await openGraph({ scenario: { users: failingUsers } });
  const ended = await endedJobs(graph);
  const completeAfterDateTime = new Date(graph.clock.now() + day).toISOString();
  const mixed = await graph.migrating({
    displayName: 'mixed',
    resources: [userId(3), userId(4)],
    completeAfterDateTime,
  });
  graph.clock.advance(3 * day);
  for (const [status, id] of Object.entries({ ...ended, completedWithErrors: mixed })) {
    expect(await graph.status(id)).toBe(status);
    expect((await graph.post(`/${id}/cancel`)).status, status).toBe(409);
    expect(await graph.status(id)).toBe(status);
  }
});

conformanceCase(38, async () => {
  const { graph, client } = await openGraph();
  const completeAfterDateTime = new Date(graph.clock.now() + hour).toISOString();
  const id = await graph.migrating({ completeAfterDateTime });
  graph.clock.advance(hour);
  expect(await graph.status(id)).toBe('inProgress');
  expect((await graph.post(`/${id}/cancel`)).status).toBe(409);
  expect(await client.cancelJob(id)).toMatchObject({ kind: 'conflict' });
  expect(await graph.status(id)).toBe('inProgress');
});

conformanceCase(39, async () => {
  for (const [cancelReturnsOk, wrapCancelResponses] of [
    [false, false],
    [true, true],
    [true, false],
    [false, true],
  ] as const) {
    const { graph, client, asked } = await openGraph({
      scenario: { switches: { cancelReturnsOk, wrapCancelResponses } },
    });
    const id = await graph.created();
    const bare = await graph.post(`/${await graph.created({ displayName: 'other' })}/cancel`);
    expect(bare.body).toMatchObject(
      wrapCancelResponses ? { value: { status: 'pendingCancel' } } : { status: 'pendingCancel' },
    );
    expect(await client.cancelTask(id, userId(1))).toMatchObject({ kind: 'done' });
    expect(await client.cancelJob(id)).toMatchObject({ kind: 'done' });
    const answered = (await asked()).filter(({ path }) => path.endsWith('/cancel'));
    expect(new Set(answered.map(({ status }) => status))).toEqual(
      new Set([cancelReturnsOk ? 200 : 202]),
    );
    expect(await graph.status(id)).toBe('pendingCancel');
  }
  // The declared type has nothing but a status and a message, and both may be null.
  for (const body of [{}, { status: null, message: null }, { value: { status: null } }]) {
    const { graph, client } = await openGraph({
      interference: {
        after: (request, { status }) =>
          Promise.resolve(
            request.url.endsWith('/cancel') ? Response.json(body, { status }) : undefined,
          ),
      },
    });
    const id = await graph.created();
    expect(await client.cancelTask(id, userId(1))).toMatchObject({ kind: 'done' });
    expect(await client.cancelJob(id)).toMatchObject({ kind: 'done' });
    expect(await graph.status(id)).toBe('pendingCancel');
  }
});
