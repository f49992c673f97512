import { describe, expect, it } from 'vitest';
import {
  codesOf,
  completeAfterMs,
  day,
  hour,
  minute,
  startMs,
  TestGraph,
  userId,
} from '../testGraph.ts';

const at = (atMs: number): { completeAfterDateTime: string } => ({
  completeAfterDateTime: new Date(atMs).toISOString(),
});

describe('updating a job', () => {
  it('returns 204 with nothing, and shows the new date from then on', async () => {
    const graph = new TestGraph();
    const id = await graph.created();
    const reply = await graph.call('PATCH', `/${id}`, {
      completeAfterDateTime: '2026-11-20T22:00:00.250Z',
    });
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect((await graph.get(`/${id}`)).body).toMatchObject({
      completeAfterDateTime: '2026-11-20T22:00:00.250Z',
      status: 'submitted',
    });
  });

  it.each([
    ['later', 4 * day],
    ['earlier', day],
  ])('changes the cutover of a running migration to a %s date', async (_, dueMs) => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    graph.clock.advance(3 * hour);
    await graph.call('PATCH', `/${id}`, at(startMs + dueMs));
    graph.advanceTo(startMs + dueMs - 1);
    expect(await graph.status(id)).toBe('inProgress');
    graph.clock.advance(1);
    expect(await graph.status(id)).toBe('cuttingOver');
    graph.clock.advance(hour);
    expect(await graph.status(id)).toBe('completed');
  });

  it('treats a past date as due at once, after the earlier stages', async () => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    expect((await graph.call('PATCH', `/${id}`, at(startMs))).status).toBe(204);
    expect(await graph.statusesUntil(id, startMs + 5 * hour)).toEqual([
      'processing',
      'inProgress',
      'cuttingOver',
      'completed',
    ]);
    expect(graph.clock.now()).toBeLessThan(completeAfterMs);
  });

  it('refuses a date that has passed with strictCompleteAfter', async () => {
    const graph = new TestGraph({ scenario: { switches: { strictCompleteAfter: true } } });
    const id = await graph.created();
    const reply = await graph.call('PATCH', `/${id}`, at(startMs));
    expect(reply.status).toBe(422);
    expect(codesOf(reply)).toEqual(['BadArgument', 'minThresholdFailed', 'completeAfterDateTime']);
    expect((await graph.get(`/${id}`)).body).toMatchObject({
      completeAfterDateTime: '2026-11-06T20:00:00Z',
    });
    expect((await graph.call('PATCH', `/${id}`, at(startMs + 1))).status).toBe(204);
  });

  it.each([
    { displayName: 'other' },
    { ...at(startMs + day), resources: [userId(3)] },
    {},
    { completeAfterDateTime: null },
    [],
    undefined,
  ])('refuses %o and changes nothing', async (body) => {
    const graph = new TestGraph();
    const id = await graph.created();
    const before = (await graph.get(`/${id}`)).text;
    const reply = await graph.call('PATCH', `/${id}`, body);
    expect([reply.status, codesOf(reply)]).toEqual([400, ['BadRequest']]);
    expect((await graph.get(`/${id}`)).text).toBe(before);
  });

  it.each([
    [
      'while the mailboxes still sync',
      { completeAfterDateTime: new Date(startMs + hour).toISOString() },
      2 * hour,
    ],
    ['while it cuts over', {}, 2 * day + minute],
    ['when it has completed', {}, 3 * day],
  ])('is refused after the date: %s', async (_, changes, afterMs) => {
    const graph = new TestGraph();
    const id = await graph.migrating(changes);
    graph.clock.advance(afterMs);
    expect((await graph.call('PATCH', `/${id}`, at(startMs + 9 * day))).status).toBe(409);
  });

  it('is refused for a job that is being cancelled, which goes on being cancelled', async () => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    graph.clock.advance(hour);
    await graph.act(id, 'cancel');
    expect((await graph.call('PATCH', `/${id}`, at(startMs + 9 * day))).status).toBe(409);
    graph.clock.advance(20 * day);
    expect(await graph.status(id)).toBe('cancelled');
  });
});
