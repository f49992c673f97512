import { describe, expect, it } from 'vitest';
import {
  all,
  codesOf,
  completeAfterMs,
  day,
  hour,
  migrationStatuses,
  minute,
  startMs,
  TestGraph,
  userId,
} from '../testGraph.ts';

describe('migrating a job', () => {
  it('returns 200 with the job in processing, and starts every workload again', async () => {
    const graph = new TestGraph();
    const id = await graph.validated();
    const reply = await graph.post(`/${id}/migrate`);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      id,
      status: 'processing',
      jobType: 'migrate',
      message: 'Migration job has been submitted successfully',
      resources: [],
    });
    expect(await graph.services(id, userId(1))).toEqual(all('notStarted'));
  });

  it('goes through its statuses to completed', async () => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    expect(await graph.statusesUntil(id, startMs + 3 * day)).toEqual([
      'processing',
      'inProgress',
      'cuttingOver',
      'completed',
    ]);
    expect((await graph.get(`/${id}`)).body).toMatchObject({
      jobType: 'migrate',
      message: 'The batch and all of its users have been successfully migrated with no failures.',
    });
    expect(await graph.services(id, userId(1))).toEqual(all('completed'));
  });

  it('does not cut over before its date, and does at it', async () => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    graph.advanceTo(completeAfterMs - 1);
    expect(await graph.status(id)).toBe('inProgress');
    expect(await graph.services(id, userId(1))).toEqual(all('synced'));
    graph.advanceTo(completeAfterMs);
    expect(await graph.status(id)).toBe('cuttingOver');
    graph.advanceTo(completeAfterMs + hour);
    expect(await graph.status(id)).toBe('completed');
  });

  it('does not cut over before its mailboxes are in step, whatever the date', async () => {
    const graph = new TestGraph();
    const id = await graph.migrating({
      completeAfterDateTime: new Date(startMs + hour).toISOString(),
    });
    // Ten minutes of validation, five of processing, two hours of sync.
    graph.advanceTo(startMs + 2 * hour + 15 * minute - 1);
    expect(await graph.status(id)).toBe('inProgress');
    graph.clock.advance(1);
    expect(await graph.status(id)).toBe('cuttingOver');
  });

  it('copies mailboxes ahead, and finalizes only them', async () => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    graph.clock.advance(6 * minute);
    expect(await graph.services(id, userId(1))).toEqual({ ...all('synced'), Exchange: 'syncing' });
    graph.advanceTo(completeAfterMs);
    const seen: Record<string, Set<string>> = {
      Exchange: new Set(),
      Teams: new Set(),
      ODSP: new Set(),
      Meeting: new Set(),
    };
    while (graph.clock.now() < completeAfterMs + hour) {
      for (const [service, status] of Object.entries(await graph.services(id, userId(1))))
        seen[service]?.add(status);
      graph.clock.advance(minute);
    }
    expect(seen['Exchange']).toEqual(new Set(['synced', 'finalizing', 'completed']));
    for (const service of ['Teams', 'ODSP', 'Meeting'])
      expect(seen[service]).toEqual(new Set(['synced', 'inProgress', 'completed']));
  });

  it('dates a task by its own last change', async () => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    graph.advanceTo(completeAfterMs);
    let known = await graph.task(id, userId(1));
    while (graph.clock.now() < completeAfterMs + hour) {
      graph.clock.advance(minute);
      const task = await graph.task(id, userId(1));
      const isSame = JSON.stringify(task.currentStatus) === JSON.stringify(known.currentStatus);
      if (!isSame) {
        expect(Date.parse(task.lastUpdatedDateTime)).toBeGreaterThan(
          graph.clock.now() - minute - 1_000,
        );
        expect(Date.parse(task.lastUpdatedDateTime)).toBeLessThanOrEqual(graph.clock.now());
      }
      known = task;
    }
  });

  it.each([
    ['submitted', 'none'],
    ['validateSubmitted', 'validate'],
  ])('is refused while the job is %s', async (status, action) => {
    const graph = new TestGraph();
    const id = await graph.created();
    if (action !== 'none') await graph.act(id, action);
    const reply = await graph.post(`/${id}/migrate`);
    expect(reply.status).toBe(409);
    expect(codesOf(reply)).toEqual(['Conflict']);
    expect(reply.text).toContain(
      `Migration can't be started because the current status is ${status}`,
    );
  });

  it.each(migrationStatuses)('is refused while the job is %s', async (status, afterMs) => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    graph.clock.advance(afterMs);
    expect(await graph.status(id)).toBe(status);
    expect((await graph.post(`/${id}/migrate`)).status).toBe(409);
  });

  it('is refused when the validation is older than seven days, until a new validation', async () => {
    const graph = new TestGraph();
    const id = await graph.validated({
      completeAfterDateTime: new Date(startMs + 30 * day).toISOString(),
    });
    graph.clock.advance(7 * day);
    expect((await graph.post(`/${id}/validate`)).status).toBe(409);
    graph.clock.advance(1);
    expect((await graph.post(`/${id}/migrate`)).status).toBe(409);
    expect(await graph.status(id)).toBe('validatePassed');
    await graph.act(id, 'validate');
    graph.clock.advance(10 * minute);
    expect((await graph.post(`/${id}/migrate`)).status).toBe(200);
  });

  it('is accepted on the last instant of the seven days', async () => {
    const graph = new TestGraph();
    const id = await graph.validated({
      completeAfterDateTime: new Date(startMs + 30 * day).toISOString(),
    });
    graph.clock.advance(7 * day);
    expect((await graph.post(`/${id}/migrate`)).status).toBe(200);
  });

  it('stays refused without revalidateExpired', async () => {
    const graph = new TestGraph({ scenario: { switches: { revalidateExpired: false } } });
    const id = await graph.validated();
    graph.clock.advance(8 * day);
    expect((await graph.post(`/${id}/migrate`)).status).toBe(409);
    expect((await graph.post(`/${id}/validate`)).status).toBe(409);
  });
});
