import { day, type TestGraph, userId } from '../../local/graph-emulator/test/testGraph.ts';

/** The users of a scenario in which one of the ended jobs fails. */
export const failingUsers = [
  { id: userId(3), failed: [{ workload: 'Teams', code: 'CTTM-001', message: 'm' }] },
];

/** Three jobs that have ended, each under its status; one fails only where the scenario has the failing users. */
export async function endedJobs(
  graph: TestGraph,
): Promise<{ readonly completed: string; readonly failed: string; readonly cancelled: string }> {
  const ended = {
    completed: await graph.migrating({ displayName: 'completed', resources: [userId(1)] }),
    failed: await graph.migrating({ displayName: 'failed', resources: [userId(3)] }),
    cancelled: await graph.created({ displayName: 'cancelled', resources: [userId(5)] }),
  };
  await graph.act(ended.cancelled, 'cancel');
  graph.clock.advance(3 * day);
  return ended;
}
