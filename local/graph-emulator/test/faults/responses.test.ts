import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TestSharePoint, userParameters } from '../sharePoint/testSharePoint.ts';
import { hour, minute, pageOf, TestGraph, userId } from '../testGraph.ts';
import { faultsOf } from './faultLog.ts';

const plan = (fault: object) => ({ faults: { faults: [fault] } });
const users = [1, 2, 3, 4, 5].map(userId);

/** The ids of every page, in order; stops at a link to another host. */
async function pages(graph: TestGraph, path: string): Promise<readonly (readonly string[])[]> {
  const all: string[][] = [];
  for (
    let next: string | undefined = path;
    next !== undefined && !next.includes('//graph.example');
  ) {
    const { ids, nextLink }: ReturnType<typeof pageOf> = pageOf(await graph.get(next));
    all.push(ids);
    next = nextLink;
  }
  return all;
}

describe('paging', () => {
  it.each([
    ['repeatedPage', [[1, 2], [1, 2], [3, 4], [3, 4], [5], [5]]],
    ['emptyPage', [[], [1, 2], [], [3, 4], [], [5]]],
    ['foreignNextLink', [[1, 2]]],
  ])('%s applies to a list of users, and ends', async (kind, expected) => {
    const graph = new TestGraph({ scenario: { pageSize: 2 }, ...plan({ kind, rate: 1 }) });
    const id = await graph.created({ resources: users });
    expect(await pages(graph, `/${id}/users`)).toEqual(expected.map((page) => page.map(userId)));
  });

  it('applies to a list of jobs, and to a single page', async () => {
    const graph = new TestGraph(
      plan({ kind: 'repeatedPage', operation: 'listJobs', occurrence: 1 }),
    );
    const id = await graph.created();
    expect(await pages(graph, '')).toEqual([[id], [id]]);
    expect(await pages(graph, '')).toEqual([[id]]);
    expect(await faultsOf(graph.emulator)).toEqual([
      'createJob null null 201',
      'listJobs repeatedPage null 200',
      'listJobs null null 200',
      'listJobs null null 200',
    ]);
  });

  it('foreignNextLink leads to a host of its own', async () => {
    const graph = new TestGraph(plan({ kind: 'foreignNextLink', rate: 1, host: 'evil.example' }));
    await graph.created();
    expect(pageOf(await graph.get('')).nextLink).toMatch(
      /^http:\/\/evil\.example\/v1\.0\/solutions\/migrations\//,
    );
  });
});

describe('users missing from a list', () => {
  it('are as many as the plan says, and there in the next one', async () => {
    const graph = new TestGraph(
      plan({ kind: 'usersMissing', operation: 'listTasks', occurrence: 1, count: 2 }),
    );
    const id = await graph.created({ resources: users });
    const [first = []] = await pages(graph, `/${id}/users`);
    expect(first).toHaveLength(3);
    expect(users).toEqual(expect.arrayContaining([...first]));
    expect(await pages(graph, `/${id}/users`)).toEqual([users]);
  });
});

describe('unknown statuses and services', () => {
  it('replace the status of a job: bare, wrapped, found by name, and listed', async () => {
    for (const wrapSingleEntities of [false, true]) {
      const graph = new TestGraph({
        scenario: { switches: { wrapSingleEntities } },
        ...plan({ kind: 'unknownStatus', rate: 1 }),
      });
      const id = await graph.created();
      for (const path of [`/${id}`, `(displayName='wave07-b003')`, ''])
        expect((await graph.get(path)).text).toContain('"status":"hibernating"');
    }
  });

  it('replace the services of users', async () => {
    const graph = new TestGraph({
      faults: {
        faults: [
          { kind: 'unknownServiceStatus', rate: 1, operation: 'getTask' },
          { kind: 'unknownService', rate: 1, operation: 'listTasks', value: 'Viva' },
        ],
      },
    });
    const id = await graph.created();
    expect(await graph.services(id, userId(1))).toEqual({
      ODSP: 'dreaming',
      Meeting: 'notStarted',
      Teams: 'notStarted',
      Exchange: 'notStarted',
    });
    expect(
      (await graph.get(`/${id}/users`)).text.match(/"service":"Viva","status":"inProgress"/g),
    ).toHaveLength(2);
  });

  it('replace the status of SharePoint tasks', async () => {
    const graph = new TestSharePoint(plan({ kind: 'unknownStatus', rate: 1, value: 'asleep' }));
    const id = await graph.created(userParameters('lee'));
    expect((await graph.get(`/${id}`)).body).toMatchObject({ status: 'asleep' });
  });
});

describe('a status that goes backwards', () => {
  it('shows what was before, once', async () => {
    const graph = new TestGraph(
      plan({ kind: 'statusBackwards', operation: 'getJob', occurrence: 2 }),
    );
    const id = await graph.migrating();
    graph.clock.advance(10 * minute);
    expect([await graph.status(id), await graph.status(id), await graph.status(id)]).toEqual([
      'inProgress',
      'processing',
      'inProgress',
    ]);
  });

  it('does so at the end, too, and has nothing to show before the beginning', async () => {
    const graph = new TestGraph(plan({ kind: 'statusBackwards', rate: 1 }));
    const id = await graph.created();
    expect(await graph.status(id)).toBe('submitted');
    await graph.act(id, 'cancel');
    graph.clock.advance(hour);
    expect(await graph.status(id)).toBe('pendingCancel');
    expect(await faultsOf(graph.emulator)).toEqual([
      'createJob null null 201',
      'getJob null null 200',
      'cancelJob null null 202',
      'getJob statusBackwards null 200',
    ]);
  });

  it('goes back on the path of a SharePoint task', async () => {
    const graph = new TestSharePoint(plan({ kind: 'statusBackwards', rate: 1 }));
    const id = await graph.created(userParameters('lee'));
    graph.advance(30 * 24 * 60);
    expect((await graph.get(`/${id}`)).body).toMatchObject({ status: 'inProgress' });
  });
});

describe('bodies that are hard to read', () => {
  it('bomBody has a byte order mark before the same JSON, in results and in errors', async () => {
    const graph = new TestGraph(plan({ kind: 'bomBody', rate: 1, operation: 'getJob' }));
    const id = await graph.created();
    const { url } = new Request(
      `http://graph.test/v1.0/solutions/migrations/crossTenantMigrationJobs/${id}`,
    );
    for (const [path, status] of [
      [url, 200],
      [url.replace(id, userId(9)), 404],
    ] as const) {
      const response = await graph.emulator.fetch(
        new Request(path, { headers: { authorization: `Bearer ${await graph.token()}` } }),
      );
      const bytes = Buffer.from(await response.arrayBuffer());
      expect([response.status, bytes.subarray(0, 3).toString('hex')]).toEqual([status, 'efbbbf']);
      expect(JSON.parse(bytes.subarray(3).toString('utf8'))).toMatchObject(
        status === 200 ? { id } : { error: { code: 'ResourceNotFound' } },
      );
    }
  });

  it('unreadableBody is JSON that is no entity of Graph', async () => {
    const graph = new TestGraph(plan({ kind: 'unreadableBody', rate: 1 }));
    const created = await graph.post('', { displayName: 'x' });
    expect(created.status).toBe(400);
    const list = await graph.get('');
    expect([list.status, list.body]).toEqual([200, { result: 'accepted', items: 1 }]);
    expect((await graph.get('/$count')).body).toEqual({ result: 'accepted', items: 1 });
    expect(await faultsOf(graph.emulator)).toEqual([
      'createJob null null 400',
      'listJobs unreadableBody null 200',
      'countJobs unreadableBody null 200',
    ]);
  });
});

describe('a skewed clock', () => {
  it('is off in the Date header, in results and in errors', async () => {
    const graph = new TestGraph(plan({ kind: 'skewedClock', rate: 1, skewSeconds: -3_600 }));
    const id = await graph.created();
    for (const path of [`/${id}`, `/${userId(9)}`])
      expect((await graph.get(path)).headers.get('date')).toBe('Wed, 04 Nov 2026 19:00:00 GMT');
    const body = z
      .looseObject({ createdDateTime: z.string() })
      .parse((await graph.get(`/${id}`)).body);
    expect(body.createdDateTime).toBe('2026-11-04T20:00:00.0000000Z');
  });
});
