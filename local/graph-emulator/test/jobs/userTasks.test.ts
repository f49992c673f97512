import { describe, expect, it } from 'vitest';
import { all, codesOf, day, hour, pageOf, TestGraph, userId } from '../testGraph.ts';

const users = Array.from({ length: 45 }, (_, index) => userId(index + 1));

describe('the users of a job', () => {
  it('are one task each, twenty a page', async () => {
    const graph = new TestGraph();
    const id = await graph.created({ resources: users });
    const pages: string[][] = [];
    for (let next: string | undefined = `/${id}/users`; next !== undefined;) {
      const page = pageOf(await graph.get(next));
      pages.push(page.ids);
      next = page.nextLink;
    }
    expect(pages.map(({ length }) => length)).toEqual([20, 20, 5]);
    expect(pages.flat()).toEqual(users);
    expect((await graph.get(`/${id}/users/$count`)).text).toBe('45');
    expect(pageOf(await graph.get(`/${id}/users?$top=1`)).ids).toEqual([userId(1)]);
  });

  it('have the context of their job and one status per workload of it', async () => {
    const graph = new TestGraph();
    const id = await graph.created({ workloads: ['Teams', 'ODSP'], exchangeSettings: undefined });
    const context = `https://graph.microsoft.com/v1.0/$metadata#solutions/migrations/crossTenantMigrationJobs('${id}')/users`;
    const plain = (service: string): object => ({
      service,
      status: 'notStarted',
      message: '',
      errors: [],
    });
    const task = {
      id: userId(1),
      lastUpdatedDateTime: '2026-11-04T20:00:00Z',
      currentStatus: [plain('ODSP'), plain('Teams')],
    };
    expect((await graph.get(`/${id}/users?$top=1`)).body).toMatchObject({
      '@odata.context': context,
      value: [task],
    });
    expect((await graph.get(`/${id}/users/${userId(1)}`)).body).toEqual({
      '@odata.context': `${context}/$entity`,
      ...task,
    });
    expect((await graph.get(`('${id}')/users('${userId(1)}')`)).body).toMatchObject({
      id: userId(1),
    });
  });

  it('are counted once when named twice', async () => {
    const graph = new TestGraph();
    const id = await graph.created({ resources: [userId(1), userId(1).toUpperCase()] });
    expect(pageOf(await graph.get(`/${id}/users`)).ids).toEqual([userId(1)]);
  });

  it.each([
    `/{id}/users/${userId(99)}`,
    `/${userId(1)}/users`,
    `/${userId(1)}/users/${userId(1)}`,
    `/{id}/groups`,
    `/{id}/users/${userId(1)}/retry`,
  ])('return 404 at %s', async (path) => {
    const graph = new TestGraph();
    const id = await graph.created();
    const reply = await graph.get(path.replace('{id}', id));
    expect([reply.status, codesOf(reply)]).toEqual([404, ['ResourceNotFound']]);
  });
});

describe('writing user tasks', () => {
  const body = { id: userId(3), taskType: 'users', lastUpdatedDateTime: '2026-11-04T20:00:00Z' };

  it.each([
    ['POST', ''],
    ['PATCH', `/${userId(1)}`],
    ['DELETE', `/${userId(1)}`],
  ])('is not offered by default (%s)', async (method, path) => {
    const graph = new TestGraph();
    const id = await graph.created();
    const reply = await graph.call(
      method,
      `/${id}/users${path}`,
      method === 'DELETE' ? undefined : body,
    );
    expect([reply.status, codesOf(reply)]).toEqual([405, ['MethodNotAllowed']]);
    expect(pageOf(await graph.get(`/${id}/users`)).ids).toEqual([userId(1), userId(2)]);
  });

  it('adds a user to the job with userTaskWrites', async () => {
    const graph = new TestGraph({
      scenario: {
        switches: { userTaskWrites: true },
        users: [{ id: userId(3), failed: [{ workload: 'ODSP', code: 'X' }] }],
      },
    });
    const id = await graph.created();
    const reply = await graph.post(`/${id}/users`, body);
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ id: userId(3), taskType: 'users' });
    expect(await graph.services(id, userId(3))).toEqual(all('notStarted'));
    expect((await graph.post(`/${id}/users`, body)).status).toBe(409);
    await graph.act(id, 'validate');
    graph.clock.advance(hour);
    await graph.act(id, 'migrate');
    graph.clock.advance(3 * day);
    expect(await graph.status(id)).toBe('completedWithErrors');
  });

  it('makes an id where none is given, and refuses one that is none', async () => {
    const graph = new TestGraph({ scenario: { switches: { userTaskWrites: true } } });
    const id = await graph.created();
    expect((await graph.post(`/${id}/users`, { taskType: 'users' })).body).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    expect((await graph.post(`/${id}/users`, { id: 'lee' })).status).toBe(400);
    expect((await graph.post(`/${id}/users`)).status).toBe(400);
  });

  it('echoes a change with the rest of the task', async () => {
    const graph = new TestGraph({ scenario: { switches: { userTaskWrites: true } } });
    const id = await graph.created();
    const reply = await graph.call('PATCH', `/${id}/users/${userId(1)}`, { taskType: 'users' });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      id: userId(1),
      taskType: 'users',
      currentStatus: [{ status: 'notStarted' }, {}, {}, {}],
    });
    expect(
      (await graph.call('PATCH', `/${id}/users/${userId(9)}`, { taskType: 'users' })).status,
    ).toBe(404);
  });

  it('does not add a cancelled user again', async () => {
    const graph = new TestGraph({ scenario: { switches: { userTaskWrites: true } } });
    const id = await graph.created();
    await graph.act(id, `users/${userId(1)}/cancel`);
    expect((await graph.post(`/${id}/users`, { id: userId(1) })).status).toBe(409);
  });
});
