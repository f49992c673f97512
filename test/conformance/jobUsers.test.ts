import { expect } from 'vitest';
import {
  all,
  codesOf,
  completeAfterMs,
  day,
  hour,
  minute,
  pageOf,
  userId,
} from '../../local/graph-emulator/test/testGraph.ts';
import { conformanceCase } from './conformanceCase.ts';
import { openGraph } from './openGraph.ts';

conformanceCase(40, async () => {
  const { graph, client } = await openGraph();
  const resources = [userId(7), userId(3), userId(5)];
  const id = await graph.created({ resources });
  expect(pageOf(await graph.get(`/${id}/users`)).ids.toSorted()).toEqual(resources.toSorted());
  for (const user of resources)
    expect((await graph.get(`/${id}/users/${user}`)).body).toMatchObject({ id: user });
  const tasks = await client.listJobTasks(id);
  expect(tasks.kind === 'done' ? tasks.value.map((task) => task.id).toSorted() : tasks).toEqual(
    resources.toSorted(),
  );
});

conformanceCase(41, async () => {
  const { graph, client } = await openGraph();
  for (const workloads of [['Teams', 'Exchange', 'ODSP', 'Meeting'], ['ODSP'], ['Teams', 'ODSP']]) {
    const id = await graph.created({ displayName: workloads.join(' '), workloads });
    const { currentStatus } = await graph.task(id, userId(1));
    expect(currentStatus.map(({ service }) => service).toSorted()).toEqual(workloads.toSorted());
    for (const entry of currentStatus)
      expect(entry).toEqual({
        service: entry.service,
        status: 'notStarted',
        message: '',
        errors: [],
      });
    const tasks = await client.listJobTasks(id);
    expect(
      tasks.kind === 'done'
        ? tasks.value[0]?.services.map(({ service }) => service).toSorted()
        : tasks,
    ).toEqual(workloads.toSorted());
  }
});

conformanceCase(42, async () => {
  const { graph } = await openGraph();
  const id = await graph.created();
  const reply = await graph.get(`/${id}/users/${userId(99)}`);
  expect(reply.status).toBe(404);
  expect(codesOf(reply)[0]).not.toBe('');
  expect((await graph.get(`/dddddddd-0000-4000-8000-000000000001/users`)).status).toBe(404);
});

conformanceCase(43, async () => {
  const { graph, client } = await openGraph();
  const id = await graph.migrating({ resources: [userId(1), userId(2), userId(3)] });
  graph.clock.advance(hour);
  const before = await graph.task(id, userId(2));
  const reply = await graph.post(`/${id}/users/${userId(1)}/cancel`);
  expect([reply.status, reply.body]).toMatchObject([202, { status: 'Accepted' }]);
  expect(await client.cancelTask(id, userId(3))).toMatchObject({ kind: 'done' });
  expect(await graph.task(id, userId(2))).toEqual(before);
  graph.clock.advance(3 * day);
  expect(await graph.services(id, userId(1))).toEqual(all('cancelled'));
  expect(await graph.services(id, userId(3))).toEqual(all('cancelled'));
  expect(await graph.services(id, userId(2))).toEqual(all('completed'));
  expect(await graph.status(id)).toBe('completed');
});

conformanceCase(44, async () => {
  const { graph, client } = await openGraph();
  const id = await graph.created();
  expect((await graph.post(`/${id}/users/${userId(99)}/cancel`)).status).toBe(404);
  expect(await client.cancelTask(id, userId(99))).toMatchObject({
    kind: 'notFound',
    problem: { httpStatus: 404 },
  });
  expect(
    (await graph.post(`/dddddddd-0000-4000-8000-000000000001/users/${userId(1)}/cancel`)).status,
  ).toBe(404);
  expect(await graph.services(id, userId(1))).toEqual(all('notStarted'));
});

conformanceCase(45, async () => {
  const { graph, client } = await openGraph();
  const id = await graph.migrating();
  await graph.act(id, `users/${userId(2)}/cancel`);
  graph.clock.advance(hour);
  expect(await graph.services(id, userId(2))).toEqual(all('cancelled'));
  expect((await graph.post(`/${id}/users/${userId(2)}/cancel`)).status).toBe(409);
  graph.advanceTo(completeAfterMs + minute);
  expect((await graph.post(`/${id}/users/${userId(1)}/cancel`)).status).toBe(409);
  expect(await client.cancelTask(id, userId(1))).toMatchObject({ kind: 'conflict' });
  graph.clock.advance(day);
  expect((await graph.post(`/${id}/users/${userId(1)}/cancel`)).status).toBe(409);
  expect(await graph.services(id, userId(1))).toEqual(all('completed'));
});
