import { describe, expect, it } from 'vitest';
import {
  all,
  codesOf,
  completeAfterMs,
  day,
  hour,
  migrationCourse,
  minute,
  startMs,
  TestGraph,
  userId,
} from '../testGraph.ts';

const noLicence = [{ workload: 'Teams', code: 'CTTM-005', message: 'no Teams licence' }];

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

  it.each(migrationCourse)('is refused while the job is %s', async (status, afterMs) => {
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

describe('users who fail', () => {
  it('end the job with errors when others succeed; a second migration can complete it', async () => {
    const graph = new TestGraph({
      scenario: { users: [{ id: userId(2), failed: noLicence, failedTimes: 1 }] },
    });
    const id = await graph.migrating();
    graph.clock.advance(3 * day);
    expect(await graph.status(id)).toBe('completedWithErrors');
    expect(await graph.services(id, userId(1))).toEqual(all('completed'));
    const teams = (await graph.task(id, userId(2))).currentStatus.filter(
      ({ status }) => status !== 'completed',
    );
    expect(teams).toEqual([
      {
        service: 'Teams',
        status: 'failed',
        message: 'no Teams licence',
        errors: [{ code: 'CTTM-005', message: 'no Teams licence' }],
      },
    ]);

    await graph.act(id, 'migrate');
    expect(await graph.services(id, userId(2))).toEqual(all('notStarted'));
    graph.clock.advance(day);
    expect(await graph.status(id)).toBe('completed');
  });

  it('fail the job when no user succeeds; it can be migrated again', async () => {
    const users = [userId(1), userId(2)].map((id) => ({ id, failed: noLicence }));
    const graph = new TestGraph({ scenario: { users } });
    const id = await graph.migrating();
    graph.clock.advance(3 * day);
    expect(await graph.status(id)).toBe('failed');
    expect((await graph.post(`/${id}/migrate`)).body).toMatchObject({ status: 'processing' });
  });

  it('do not count when the workload is not in the job', async () => {
    const graph = new TestGraph({ scenario: { users: [{ id: userId(2), failed: noLicence }] } });
    const id = await graph.migrating({ workloads: ['ODSP'] });
    graph.clock.advance(3 * day);
    expect(await graph.status(id)).toBe('completed');
  });

  it('do not count once they are cancelled', async () => {
    const graph = new TestGraph({ scenario: { users: [{ id: userId(2), failed: noLicence }] } });
    const id = await graph.migrating();
    graph.clock.advance(hour);
    await graph.act(id, `users/${userId(2)}/cancel`);
    graph.clock.advance(3 * day);
    expect(await graph.status(id)).toBe('completed');
    expect(await graph.services(id, userId(2))).toEqual(all('cancelled'));
  });

  it('leave nothing to migrate when all are cancelled', async () => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    graph.clock.advance(hour);
    for (const user of [1, 2]) await graph.act(id, `users/${userId(user)}/cancel`);
    graph.clock.advance(3 * day);
    expect(await graph.status(id)).toBe('cancelled');
  });
});

describe('rules on jobs', () => {
  it.each([{ displayName: '^wave07' }, { user: userId(2) }])(
    'fail a whole migration, by %o',
    async (match) => {
      const graph = new TestGraph({ scenario: { jobs: [{ ...match, fails: true }] } });
      const id = await graph.migrating();
      const other = await graph.migrating({ displayName: 'other', resources: [userId(3)] });
      graph.clock.advance(3 * day);
      expect([await graph.status(id), await graph.status(other)]).toEqual(['failed', 'completed']);
      expect(await graph.services(id, userId(1))).toEqual(all('failed'));
    },
  );

  it.each([
    'validateProcessing',
    'validateInProgress',
    'processing',
    'inProgress',
    'adminActionRequired',
    'cuttingOver',
  ])('hold a job in %s forever', async (stuckIn) => {
    const graph = new TestGraph({ scenario: { jobs: [{ displayName: 'wave07', stuckIn }] } });
    const id = await graph.created();
    await graph.act(id, 'validate');
    graph.clock.advance(hour);
    if (!stuckIn.startsWith('validate')) await graph.act(id, 'migrate');
    graph.clock.advance(100 * day);
    expect(await graph.status(id)).toBe(stuckIn);
  });

  it('hold a job for a while, after which it takes its ordinary time', async () => {
    const graph = new TestGraph({
      scenario: {
        jobs: [{ displayName: 'wave07', stuckIn: 'inProgress', stuckSeconds: (3 * day) / 1_000 }],
      },
    });
    const id = await graph.migrating();
    graph.clock.advance(5 * minute + 3 * day - 1);
    expect(await graph.status(id)).toBe('inProgress');
    graph.clock.advance(1);
    expect(await graph.status(id)).toBe('cuttingOver');
    graph.clock.advance(hour - 1);
    expect(await graph.status(id)).toBe('cuttingOver');
    graph.clock.advance(1);
    expect(await graph.status(id)).toBe('completed');
  });

  it('require an administrator, and continue after stuckSeconds', async () => {
    const graph = new TestGraph({
      scenario: {
        jobs: [{ displayName: 'wave07', stuckIn: 'adminActionRequired', stuckSeconds: 3_600 }],
      },
    });
    const id = await graph.migrating();
    expect(await graph.statusesUntil(id, startMs + 3 * day)).toEqual([
      'processing',
      'inProgress',
      'adminActionRequired',
      'inProgress',
      'cuttingOver',
      'completed',
    ]);
  });

  it('still hold when the date changes or a user is cancelled', async () => {
    const graph = new TestGraph({
      scenario: {
        jobs: [
          { displayName: 'wave07', fails: true },
          { displayName: 'wave07', stuckIn: 'adminActionRequired' },
        ],
      },
    });
    const id = await graph.migrating();
    graph.clock.advance(hour);
    await graph.call('PATCH', `/${id}`, {
      completeAfterDateTime: new Date(startMs + day).toISOString(),
    });
    await graph.act(id, `users/${userId(2)}/cancel`);
    graph.clock.advance(100 * day);
    expect(await graph.status(id)).toBe('adminActionRequired');
  });
});
