import { describe, expect, it } from 'vitest';
import { all, day, hour, minute, startMs, TestGraph, userId } from '../testGraph.ts';

const noLicence = [{ workload: 'Teams', code: 'CTTM-005', message: 'no Teams licence' }];

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
