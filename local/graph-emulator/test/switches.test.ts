import { describe, expect, it } from 'vitest';
import {
  codesOf,
  completeAfterMs,
  hour,
  jobRequest,
  minute,
  TestGraph,
  userId,
} from './testGraph.ts';

const withSwitches = (
  switches: Record<string, unknown>,
  more: Record<string, unknown> = {},
): TestGraph => new TestGraph({ scenario: { switches, ...more } });

// Where Graph's pages contradict each other; the variants that are not met elsewhere.
describe('the other variant of', () => {
  it('validate: a call on the collection that makes a new job', async () => {
    const graph = withSwitches({ legacyValidate: true });
    const reply = await graph.post('/validate', jobRequest());
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      jobType: 'validate',
      status: 'validateSubmitted',
      displayName: 'wave07-b003',
      resources: [userId(1), userId(2)],
    });
    graph.clock.advance(hour);
    expect(await graph.status('wave07-b003')).toBe('validatePassed');
    expect((await graph.post('/validate', jobRequest())).status).toBe(422);
  });

  it('validate, which also works when jobs validate by themselves', async () => {
    const graph = withSwitches({ legacyValidate: true, autoValidateOnCreate: true });
    expect((await graph.post('/validate', jobRequest())).status).toBe(201);
  });

  it('get: one job or user in a wrapper', async () => {
    const graph = withSwitches({ wrapSingleEntities: true });
    const id = await graph.created();
    expect((await graph.get(`/${id}`)).body).toEqual({
      value: expect.objectContaining({ id, status: 'submitted' }) as object,
    });
    expect((await graph.get(`/${id}/users/${userId(1)}`)).body).toEqual({
      value: expect.objectContaining({ id: userId(1) }) as object,
    });
  });

  it('cancel: 200 and a wrapper', async () => {
    const graph = withSwitches({ cancelReturnsOk: true, wrapCancelResponses: true });
    const id = await graph.created();
    const user = await graph.post(`/${id}/users/${userId(1)}/cancel`);
    expect([user.status, user.body]).toMatchObject([200, { value: { status: 'Accepted' } }]);
    const job = await graph.post(`/${id}/cancel`);
    expect([job.status, job.body]).toMatchObject([200, { value: { status: 'pendingCancel' } }]);
    expect(await graph.status(id)).toBe('pendingCancel');
  });

  it('when a job can be cancelled: before its migration only', async () => {
    const graph = withSwitches({ cancelOnlyBeforeMigrate: true });
    const id = await graph.migrating();
    graph.clock.advance(hour);
    expect(await graph.status(id)).toBe('inProgress');
    expect((await graph.post(`/${id}/cancel`)).status).toBe(409);
    const other = await graph.created({ displayName: 'other' });
    expect((await graph.post(`/${other}/cancel`)).status).toBe(202);
  });

  it('update: 200 and the job', async () => {
    const graph = withSwitches({ updateReturnsJob: true });
    const id = await graph.created();
    const reply = await graph.call('PATCH', `/${id}`, {
      completeAfterDateTime: '2026-12-01T22:00:00Z',
    });
    expect([reply.status, reply.body]).toMatchObject([
      200,
      { id, completeAfterDateTime: '2026-12-01T22:00:00Z' },
    ]);
  });

  it('create: starts the migration', async () => {
    const graph = withSwitches({ autoMigrateOnCreate: true });
    const id = await graph.created();
    expect((await graph.get(`/${id}`)).body).toMatchObject({
      status: 'processing',
      jobType: 'migrate',
    });
    expect(await graph.statusesUntil(id, completeAfterMs + 2 * hour)).toEqual([
      'processing',
      'inProgress',
      'cuttingOver',
      'completed',
    ]);
  });

  it('migrate: not again after the end', async () => {
    const failed = [{ workload: 'Teams', code: 'CTTM-005' }];
    const graph = withSwitches({ migrateAgain: false }, { users: [{ id: userId(1), failed }] });
    const id = await graph.migrating();
    graph.advanceTo(completeAfterMs + 2 * hour);
    expect(await graph.status(id)).toBe('completedWithErrors');
    expect((await graph.post(`/${id}/migrate`)).status).toBe(409);
  });

  it('completeAfterDateTime: when the processing starts, also after an update', async () => {
    const graph = withSwitches({ completeAfterStartsProcessing: true });
    const id = await graph.migrating();
    graph.advanceTo(completeAfterMs - minute);
    expect(await graph.status(id)).toBe('processing');
    const later = completeAfterMs + 10 * hour;
    expect(
      (
        await graph.call('PATCH', `/${id}`, {
          completeAfterDateTime: new Date(later).toISOString(),
        })
      ).status,
    ).toBe(204);
    graph.advanceTo(later);
    expect(await graph.status(id)).toBe('processing');
    // Then five minutes of processing, two hours of sync and one of cutover.
    expect(await graph.statusesUntil(id, later + 3 * hour + 6 * minute)).toEqual([
      'processing',
      'inProgress',
      'cuttingOver',
      'completed',
    ]);
  });

  it('workloads: three of them', async () => {
    const graph = withSwitches({ meetingWorkload: false });
    const refused = await graph.post('', jobRequest());
    expect([refused.status, codesOf(refused)]).toEqual([
      400,
      ['BadRequest', 'invalidProperty', 'workloads'],
    ]);
    const id = await graph.created({ workloads: undefined });
    expect(Object.keys(await graph.services(id, userId(1))).toSorted()).toEqual([
      'Exchange',
      'ODSP',
      'Teams',
    ]);
  });

  it('the spelling of job statuses, and the type of a job', async () => {
    const graph = withSwitches({ oldStatusSpelling: true });
    const id = await graph.created();
    expect((await graph.get(`/${id}`)).body).toMatchObject({ jobType: 'migrate' });
    expect(await graph.status(id)).toBe('Submitted');
    await graph.act(id, 'cancel');
    expect(await graph.statusesUntil(id, graph.clock.now() + hour)).toEqual([
      'PendingCancel',
      'Canceled',
    ]);
  });

  it('the words for what a validation found', async () => {
    const invalid = [{ workload: 'ODSP', code: 'CTM-100' }];
    const graph = withSwitches(
      { oldValidationStatuses: true },
      { users: [{ id: userId(1), invalid }] },
    );
    const id = await graph.validated({ workloads: ['ODSP', 'Teams'] });
    expect(await graph.services(id, userId(1))).toEqual({ ODSP: 'failed', Teams: 'completed' });
    expect(await graph.status(id)).toBe('validateFailed');
  });
});
