import { describe, expect, it } from 'vitest';
import {
  all,
  codesOf,
  completeAfterMs,
  day,
  hour,
  minute,
  startMs,
  TestGraph,
  userId,
} from '../testGraph.ts';

/** Each status before the date, and how a job comes to it. */
const cancellable: readonly (readonly [string, (graph: TestGraph) => Promise<string>])[] = [
  ['submitted', (graph) => graph.created()],
  ...(
    [
      ['validateSubmitted', 0],
      ['validateProcessing', 2],
      ['validateInProgress', 5],
    ] as const
  ).map(
    ([status, minutes]) =>
      [
        status,
        async (graph: TestGraph) => {
          const id = await graph.created();
          await graph.act(id, 'validate');
          graph.clock.advance(minutes * minute);
          return id;
        },
      ] as const,
  ),
  ['validatePassed', (graph) => graph.validated()],
  ['validateFailed', (graph) => graph.validated({ workloads: ['Meeting'] })],
  ['processing', (graph) => graph.migrating()],
  [
    'inProgress',
    async (graph) => {
      const id = await graph.migrating();
      graph.clock.advance(day);
      return id;
    },
  ],
];

describe('cancelling a job', () => {
  it.each(cancellable)('is accepted while it is %s', async (status, reach) => {
    const graph = new TestGraph();
    const id = await reach(graph);
    expect(await graph.status(id)).toBe(status);
    const reply = await graph.post(`/${id}/cancel`);
    expect(reply.status).toBe(202);
    expect(reply.body).toEqual({
      id,
      displayName: 'wave07-b003',
      status: 'pendingCancel',
      message: 'cancellation request has been accepted for the migration job',
    });
    expect(await graph.statusesUntil(id, graph.clock.now() + hour)).toEqual([
      'pendingCancel',
      'cancelled',
    ]);
    expect(await graph.services(id, userId(1))).toMatchObject({ Meeting: 'cancelled' });
    graph.clock.advance(30 * day);
    expect(await graph.status(id)).toBe('cancelled');
  });

  it('is accepted before a migration whatever the date', async () => {
    const graph = new TestGraph();
    const id = await graph.validated();
    graph.clock.advance(5 * day);
    expect((await graph.post(`/${id}/cancel`)).status).toBe(202);
  });

  it('is refused once the date has passed, also while the mailboxes still sync', async () => {
    const graph = new TestGraph();
    const id = await graph.migrating({
      completeAfterDateTime: new Date(startMs + hour).toISOString(),
    });
    graph.advanceTo(startMs + hour);
    expect(await graph.status(id)).toBe('inProgress');
    expect((await graph.post(`/${id}/cancel`)).status).toBe(409);
    graph.clock.advance(day);
    expect(await graph.status(id)).toBe('completed');
  });

  it('is refused during the cutover, which goes on', async () => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    graph.advanceTo(completeAfterMs + minute);
    const reply = await graph.post(`/${id}/cancel`);
    expect([reply.status, codesOf(reply)]).toEqual([409, ['Conflict']]);
    graph.clock.advance(hour);
    expect(await graph.status(id)).toBe('completed');
  });

  it('is refused when the job has ended, in any way', async () => {
    const failed = [{ workload: 'ODSP', code: 'MnATargetUserDoesNotExist' }];
    const graph = new TestGraph({
      scenario: { users: [1, 2, 3].map((n) => ({ id: userId(n), failed })) },
    });
    const ends = {
      completed: await graph.migrating({ displayName: 'a', resources: [userId(9)] }),
      completedWithErrors: await graph.migrating({
        displayName: 'b',
        resources: [userId(8), userId(1)],
      }),
      failed: await graph.migrating({ displayName: 'c', resources: [userId(2), userId(3)] }),
      cancelled: await graph.created({ displayName: 'd', resources: [userId(7)] }),
    };
    await graph.act(ends.cancelled, 'cancel');
    expect((await graph.post(`/${ends.cancelled}/cancel`)).status).toBe(409);
    graph.clock.advance(3 * day);
    for (const [status, id] of Object.entries(ends)) {
      expect(await graph.status(id)).toBe(status);
      expect([status, (await graph.post(`/${id}/cancel`)).status]).toEqual([status, 409]);
    }
  });
});

describe('cancelling a user', () => {
  it('returns 202, cancels that user and no other', async () => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    graph.clock.advance(hour);
    const reply = await graph.post(`/${id}/users/${userId(1).toUpperCase()}/cancel`);
    expect(reply.status).toBe(202);
    expect(reply.body).toEqual({
      status: 'Accepted',
      message: `Cancellation request for user id: ${userId(1)} from batch: ${id} was accepted.`,
    });
    expect(await graph.services(id, userId(1))).toEqual(all('pendingCancel'));
    graph.clock.advance(minute);
    expect(await graph.task(id, userId(1))).toMatchObject({
      lastUpdatedDateTime: '2026-11-04T21:11:00Z',
      currentStatus: Array.from({ length: 4 }, () => ({ status: 'cancelled' })),
    });
    expect(await graph.status(id)).toBe('inProgress');
    graph.clock.advance(3 * day);
    expect(await graph.status(id)).toBe('completed');
    expect(await graph.services(id, userId(1))).toEqual(all('cancelled'));
    expect(await graph.services(id, userId(2))).toEqual(all('completed'));
  });

  it.each([userId(9), 'nobody'])('returns 404 for %s, who is not in the job', async (user) => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    expect((await graph.post(`/${id}/users/${user}/cancel`)).status).toBe(404);
  });

  it('returns 404 for a job that does not exist', async () => {
    expect((await new TestGraph().post(`/${userId(1)}/users/${userId(1)}/cancel`)).status).toBe(
      404,
    );
  });

  it('is refused a second time', async () => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    await graph.act(id, `users/${userId(1)}/cancel`);
    expect((await graph.post(`/${id}/users/${userId(1)}/cancel`)).status).toBe(409);
  });

  it.each([
    ['after the date', completeAfterMs],
    ['when the job has ended', completeAfterMs + day],
  ])('is refused %s', async (_, atMs) => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    graph.advanceTo(atMs);
    expect((await graph.post(`/${id}/users/${userId(1)}/cancel`)).status).toBe(409);
  });

  it('is refused in a job that is being cancelled', async () => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    await graph.act(id, 'cancel');
    expect((await graph.post(`/${id}/users/${userId(1)}/cancel`)).status).toBe(409);
    graph.clock.advance(30 * day);
    expect(await graph.status(id)).toBe('cancelled');
  });
});
