import { describe, expect, it } from 'vitest';
import { all, codesOf, day, hour, minute, TestGraph, userId } from '../testGraph.ts';

const remove = (graph: TestGraph, id: string) => graph.call('DELETE', `/${id}`);

describe('deleting a job', () => {
  it('returns 202 with nothing; the job is pendingDelete, then gone', async () => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    graph.clock.advance(3 * day);
    const reply = await remove(graph, id);
    expect([reply.status, reply.text]).toEqual([202, '']);
    expect(await graph.status(id)).toBe('pendingDelete');
    expect(await graph.services(id, userId(1))).toEqual(all('completed'));
    expect((await remove(graph, id)).status).toBe(202);
    graph.clock.advance(hour);
    expect((await graph.get(`/${id}`)).status).toBe(404);
    expect((await graph.get(`/${id}/users`)).status).toBe(404);
    expect((await graph.get('')).body).toMatchObject({ value: [] });
    expect((await remove(graph, id)).status).toBe(404);
  });

  it('is possible for a job that failed, was cancelled or completed with errors', async () => {
    const failed = [{ workload: 'ODSP', code: 'MnATargetUserDoesNotExist' }];
    const graph = new TestGraph({
      scenario: {
        users: [
          { id: userId(1), failed },
          { id: userId(2), failed },
        ],
      },
    });
    const ids = [
      await graph.migrating({ displayName: 'failed', resources: [userId(1)] }),
      await graph.migrating({ displayName: 'errors', resources: [userId(2), userId(3)] }),
      await graph.migrating({ displayName: 'cancelled', resources: [userId(4)] }),
    ];
    await graph.act('cancelled', 'cancel');
    graph.clock.advance(3 * day);
    expect(await graph.services('cancelled', userId(4))).toEqual(all('cancelled'));
    for (const id of ids) expect((await remove(graph, id)).status).toBe(202);
    expect(await graph.services('cancelled', userId(4))).toEqual(all('cancelled'));
  });

  it('is refused for jobs that completed with errors without deleteCompletedWithErrors', async () => {
    const failed = [{ workload: 'ODSP', code: 'MnATargetUserDoesNotExist' }];
    const graph = new TestGraph({
      scenario: {
        users: [{ id: userId(1), failed }],
        switches: { deleteCompletedWithErrors: false },
      },
    });
    const id = await graph.migrating();
    graph.clock.advance(3 * day);
    expect(await graph.status(id)).toBe('completedWithErrors');
    expect((await remove(graph, id)).status).toBe(409);
  });

  it('leaves the job readable as deleted with deletedStaysVisible', async () => {
    const graph = new TestGraph({ scenario: { switches: { deletedStaysVisible: true } } });
    const id = await graph.created();
    await graph.act(id, 'cancel');
    graph.clock.advance(hour);
    await remove(graph, id);
    graph.clock.advance(hour);
    expect(await graph.status(id)).toBe('deleted');
    expect((await graph.post(`/${id}/validate`)).status).toBe(409);
    expect((await remove(graph, id)).status).toBe(409);
  });

  it('is refused before the end', async () => {
    const graph = new TestGraph();
    const id = await graph.created();
    const steps: [string, () => unknown][] = [
      ['submitted', () => undefined],
      ['validateSubmitted', () => graph.act(id, 'validate')],
      ['validatePassed', () => graph.clock.advance(10 * minute)],
      ['processing', () => graph.act(id, 'migrate')],
      ['inProgress', () => graph.clock.advance(hour)],
      ['cuttingOver', () => graph.clock.advance(2 * day - hour)],
    ];
    for (const [status, reach] of steps) {
      await reach();
      expect(await graph.status(id)).toBe(status);
      const reply = await remove(graph, id);
      expect([status, reply.status, codesOf(reply)]).toEqual([
        status,
        409,
        ['Conflict', 'resourceTypeMismatch', 'status'],
      ]);
    }
  });

  it('is refused while a job is being cancelled', async () => {
    const graph = new TestGraph();
    const id = await graph.created();
    await graph.act(id, 'cancel');
    expect((await remove(graph, id)).status).toBe(409);
  });
});
