import { expect } from 'vitest';
import { startMs } from '../../local/functions-host/test/durable/engineHarness.ts';
import {
  all,
  codesOf,
  day,
  jobRequest,
  userId,
} from '../../local/graph-emulator/test/testGraph.ts';
import { user } from '../orchestrations/world.ts';
import { conformanceCase } from './conformanceCase.ts';
import { openApp } from './openApp.ts';
import { openGraph } from './openGraph.ts';

conformanceCase(52, async () => {
  const task = { id: userId(9), taskType: 'user', lastUpdatedDateTime: '2026-11-04T20:00:00Z' };
  const on = await openGraph({ scenario: { switches: { userTaskWrites: true } } });
  const id = await on.graph.created();
  const created = await on.graph.post(`/${id}/users`, task);
  expect([created.status, created.body]).toMatchObject([201, { id: userId(9), taskType: 'user' }]);
  expect(await on.graph.services(id, userId(9))).toEqual(all('notStarted'));
  const updated = await on.graph.call('PATCH', `/${id}/users/${userId(9)}`, {
    taskType: 'user',
    lastUpdatedDateTime: '2026-11-04T21:00:00Z',
  });
  expect([updated.status, updated.body]).toMatchObject([
    200,
    { id: userId(9), lastUpdatedDateTime: '2026-11-04T21:00:00Z' },
  ]);

  const off = await openGraph();
  const other = await off.graph.created();
  for (const reply of [
    await off.graph.post(`/${other}/users`, task),
    await off.graph.call('PATCH', `/${other}/users/${userId(1)}`, task),
  ]) {
    expect(reply.status).toBe(405);
    expect(codesOf(reply)[0]).not.toBe('');
  }

  const app = await openApp({
    batchSize: 2,
    scenario: {
      switches: { userTaskWrites: true },
      users: [{ id: user(2), invalid: [{ workload: 'Teams', code: 'CTM-100' }] }],
    },
  });
  await app.accept(3);
  await app.engine.settle();
  const writes = (await app.log()).filter(
    ({ method, path }) => method !== 'GET' && !path.endsWith('/token'),
  );
  expect(writes.length).toBeGreaterThan(5);
  expect(writes.filter(({ path }) => path.includes('/users'))).toEqual([]);

  // Asked for by the configuration and by a command, it does.
  const asked = await openApp({
    userTaskWrites: true,
    scenario: { switches: { userTaskWrites: true } },
  });
  const migration = await asked.accept(1, {
    completeAfterDateTime: new Date(asked.clock.now() + 6 * day).toISOString(),
  });
  await asked.engine.settle(() => asked.clock.now() > startMs + day);
  await asked.ask(migration, 'addTasks', { users: [{ targetUserId: user(9) }] });
  await asked.engine.settle();
  expect((await asked.log()).filter(({ effect }) => effect === 'addUser')).toHaveLength(1);
  expect(await asked.migration(migration)).toMatchObject({ counts: { succeeded: 2 } });
});

conformanceCase(53, async () => {
  const legacy = await openGraph({ scenario: { switches: { legacyValidate: true } } });
  const reply = await legacy.graph.post('/validate', jobRequest());
  expect([reply.status, reply.body]).toMatchObject([
    201,
    { status: 'validateSubmitted', displayName: 'wave07-b003', resources: [userId(1), userId(2)] },
  ]);
  const { graph } = await openGraph();
  expect([404, 405]).toContain((await graph.post('/validate', jobRequest())).status);
  expect((await graph.get('/$count')).text).toBe('0');
});
