import { describe, expect, it } from 'vitest';
import {
  all,
  codesOf,
  hour,
  migrationStatuses,
  minute,
  startMs,
  TestGraph,
  userId,
} from '../testGraph.ts';

const unmapped = [{ workload: 'Exchange', code: 'CTM-100', message: 'no identity mapping' }];

describe('validating a job', () => {
  it('returns 200 with the job, and goes through its statuses to validatePassed', async () => {
    const graph = new TestGraph();
    const id = await graph.created();
    const reply = await graph.post(`/${id}/validate`);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      '@odata.context':
        'https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.crossTenantMigrationJob',
      id,
      status: 'validateSubmitted',
      jobType: 'validate',
      resources: [],
    });
    expect(await graph.statusesUntil(id, startMs + hour)).toEqual([
      'validateSubmitted',
      'validateProcessing',
      'validateInProgress',
      'validatePassed',
    ]);
    expect((await graph.get(`/${id}`)).body).toMatchObject({
      message: 'Validation has completed successfully with no failures.',
      lastUpdatedDateTime: '2026-11-04T20:10:00Z',
    });
    expect(await graph.services(id, userId(1))).toEqual(all('valid'));
  });

  it('shows every user by the status of the job', async () => {
    const graph = new TestGraph();
    const id = await graph.created();
    expect(await graph.services(id, userId(2))).toEqual(all('notStarted'));
    await graph.act(id, 'validate');
    expect(await graph.services(id, userId(2))).toEqual(all('notStarted'));
    graph.clock.advance(9 * minute);
    expect(await graph.services(id, userId(2))).toEqual(all('inProgress'));
  });

  it('fails when one user is invalid, and says which workload and why', async () => {
    const graph = new TestGraph({ scenario: { users: [{ id: userId(2), invalid: unmapped }] } });
    const id = await graph.validated();
    expect(await graph.status(id)).toBe('validateFailed');
    expect(await graph.services(id, userId(1))).toEqual(all('valid'));
    const { currentStatus } = await graph.task(id, userId(2));
    expect(currentStatus.filter(({ status }) => status !== 'valid')).toEqual([
      {
        service: 'Exchange',
        status: 'invalid',
        message: 'no identity mapping',
        errors: [{ code: 'CTM-100', message: 'no identity mapping' }],
      },
    ]);
    expect((await graph.post(`/${id}/migrate`)).status).toBe(409);
  });

  it('can be repeated after a failure, and succeeds once the user is valid', async () => {
    const graph = new TestGraph({
      scenario: { users: [{ id: userId(1), invalid: unmapped, invalidTimes: 2 }] },
    });
    const id = await graph.validated();
    const seen = [await graph.status(id)];
    for (let round = 2; round <= 3; round += 1) {
      await graph.act(id, 'validate');
      graph.clock.advance(10 * minute);
      seen.push(await graph.status(id));
    }
    expect(seen).toEqual(['validateFailed', 'validateFailed', 'validatePassed']);
    expect(await graph.services(id, userId(1))).toEqual(all('valid'));
  });

  it('succeeds when the invalid user is cancelled', async () => {
    const graph = new TestGraph({ scenario: { users: [{ id: userId(1), invalid: unmapped }] } });
    const id = await graph.validated();
    await graph.act(id, `users/${userId(1)}/cancel`);
    await graph.act(id, 'validate');
    graph.clock.advance(10 * minute);
    expect(await graph.status(id)).toBe('validatePassed');
    expect(await graph.services(id, userId(1))).toEqual(all('cancelled'));
  });

  it.each([
    ['validateSubmitted', 0],
    ['validateProcessing', 2 * minute],
    ['validateInProgress', 5 * minute],
    ['validatePassed', 10 * minute],
  ])('is refused while the job is %s', async (status, afterMs) => {
    const graph = new TestGraph();
    const id = await graph.created();
    await graph.act(id, 'validate');
    graph.clock.advance(afterMs);
    expect(await graph.status(id)).toBe(status);
    const reply = await graph.post(`/${id}/validate`);
    expect(reply.status).toBe(409);
    expect(codesOf(reply)).toEqual(['Conflict']);
    expect(reply.text).toContain(status);
  });

  it.each(migrationStatuses)('is refused while the job is %s', async (status, afterMs) => {
    const graph = new TestGraph();
    const id = await graph.migrating();
    graph.clock.advance(afterMs);
    expect(await graph.status(id)).toBe(status);
    expect((await graph.post(`/${id}/validate`)).status).toBe(409);
  });

  it('is refused when the job is cancelled', async () => {
    const graph = new TestGraph();
    const id = await graph.created();
    await graph.act(id, 'cancel');
    expect((await graph.post(`/${id}/validate`)).status).toBe(409);
    graph.clock.advance(hour);
    expect((await graph.post(`/${id}/validate`)).status).toBe(409);
  });

  it.each([
    { workloads: ['Meeting', 'Teams'] },
    { workloads: ['Meeting', 'Exchange'] },
    { workloads: ['Meeting'] },
  ])('fails with Meeting but not both Teams and Exchange ($workloads)', async (changes) => {
    const graph = new TestGraph();
    const id = await graph.validated(changes);
    expect(await graph.status(id)).toBe('validateFailed');
  });

  it('shows the error of another workload at a workload of the job', async () => {
    const graph = new TestGraph({ scenario: { users: [{ id: userId(1), invalid: unmapped }] } });
    const id = await graph.validated({ workloads: ['ODSP'] });
    expect(await graph.services(id, userId(1))).toEqual({ ODSP: 'invalid' });
  });
});

describe('one active job per user', () => {
  it('finds a user of an earlier job invalid until that job has ended', async () => {
    const graph = new TestGraph();
    const first = await graph.created({ displayName: 'first', resources: [userId(1), userId(2)] });
    const second = await graph.validated({
      displayName: 'second',
      resources: [userId(2), userId(3)],
    });
    expect(await graph.status(second)).toBe('validateFailed');
    expect(
      (await graph.task(second, userId(2))).currentStatus.flatMap(({ errors }) =>
        errors.map(({ code }) => code),
      ),
    ).toEqual(['CTM-002']);
    expect(await graph.services(second, userId(3))).toEqual(all('valid'));

    await graph.act(first, 'cancel');
    graph.clock.advance(hour);
    await graph.act(second, 'validate');
    graph.clock.advance(hour);
    expect(await graph.status(second)).toBe('validatePassed');
  });

  it('does not affect the earlier of two jobs, even at the same instant', async () => {
    const graph = new TestGraph();
    const first = await graph.created({ displayName: 'first' });
    const second = await graph.created({ displayName: 'second' });
    await graph.act(first, 'validate');
    await graph.act(second, 'validate');
    graph.clock.advance(hour);
    expect([await graph.status(first), await graph.status(second)]).toEqual([
      'validatePassed',
      'validateFailed',
    ]);
  });

  it('accepts a cancelled user in a new job', async () => {
    const graph = new TestGraph();
    const first = await graph.created({ displayName: 'first' });
    await graph.act(first, `users/${userId(2)}/cancel`);
    const second = await graph.validated({ displayName: 'second', resources: [userId(2)] });
    expect(await graph.status(second)).toBe('validatePassed');
  });
});
