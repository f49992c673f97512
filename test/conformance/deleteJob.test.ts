import { expect } from 'vitest';
import {
  codesOf,
  completeAfterMs,
  day,
  hour,
  minute,
} from '../../local/graph-emulator/test/testGraph.ts';
import { conformanceCase } from './conformanceCase.ts';
import { endedJobs, failingUsers } from './endedJobs.ts';
import { openGraph } from './openGraph.ts';

conformanceCase(46, async () => {
  for (const deletedStaysVisible of [false, true]) {
    const { graph, client } = await openGraph({
      scenario: { switches: { deletedStaysVisible }, users: failingUsers },
    });
    const ended = await endedJobs(graph);
    for (const [status, id] of Object.entries(ended)) {
      expect(await graph.status(id)).toBe(status);
      const reply = await graph.call('DELETE', `/${id}`);
      expect([reply.status, reply.text], status).toEqual([202, '']);
      expect(await graph.status(id)).toBe('pendingDelete');
    }
    graph.clock.advance(2 * day);
    for (const id of Object.values(ended)) {
      const gone = deletedStaysVisible
        ? { kind: 'done', value: { status: 'deleted' } }
        : { kind: 'notFound' };
      expect(await client.getJob(id)).toMatchObject(gone);
    }
  }
});

conformanceCase(47, async () => {
  const { graph } = await openGraph();
  const id = await graph.created();
  await graph.act(id, 'validate');
  const refusedAs = async (status: string): Promise<void> => {
    expect(await graph.status(id)).toBe(status);
    const reply = await graph.call('DELETE', `/${id}`);
    expect(reply.status, status).toBe(409);
    expect(codesOf(reply)).toContain('resourceTypeMismatch');
    expect(await graph.status(id)).toBe(status);
  };
  await refusedAs('validateSubmitted');
  graph.clock.advance(2 * minute);
  await refusedAs('validateProcessing');
  graph.clock.advance(2 * minute);
  await refusedAs('validateInProgress');
  graph.clock.advance(hour);
  await graph.act(id, 'migrate');
  await refusedAs('processing');
  graph.clock.advance(hour);
  await refusedAs('inProgress');
  graph.advanceTo(completeAfterMs + minute);
  await refusedAs('cuttingOver');
});
