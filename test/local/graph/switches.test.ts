import { describe, expect, it } from 'vitest';
import { hour, jobRequest, TestGraph, userId } from './testGraph.ts';

const withSwitches = (switches: Record<string, unknown>, more: Record<string, unknown> = {}): TestGraph => new TestGraph({ scenario: { switches, ...more } });

// Where Graph's pages contradict each other; the variants that are not met elsewhere.
describe('the other variant of', () => {
  it('validate: a call on the collection that makes a new job', async () => {
    const graph = withSwitches({ legacyValidate: true });
    const reply = await graph.post('/validate', jobRequest());
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ jobType: 'validate', status: 'validateSubmitted', displayName: 'wave07-b003', resources: [userId(1), userId(2)] });
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
    expect((await graph.get(`/${id}`)).body).toEqual({ value: expect.objectContaining({ id, status: 'submitted' }) as object });
    expect((await graph.get(`/${id}/users/${userId(1)}`)).body).toEqual({ value: expect.objectContaining({ id: userId(1) }) as object });
  });

  it('cancel: 200 and a wrapper', async () => {
    const graph = withSwitches({ cancelAnswersOk: true });
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
    const graph = withSwitches({ updateAnswersJob: true });
    const id = await graph.created();
    const reply = await graph.call('PATCH', `/${id}`, { completeAfterDateTime: '2026-12-01T22:00:00Z' });
    expect([reply.status, reply.body]).toMatchObject([200, { id, completeAfterDateTime: '2026-12-01T22:00:00Z' }]);
  });

  it('the spelling of job statuses', async () => {
    const graph = withSwitches({ oldStatusSpelling: true });
    const id = await graph.created();
    expect(await graph.status(id)).toBe('Submitted');
    await graph.act(id, 'cancel');
    expect(await graph.statusesUntil(id, graph.clock.now() + hour)).toEqual(['PendingCancel', 'Canceled']);
  });

  it('the words for what a validation found', async () => {
    const invalid = [{ workload: 'ODSP', code: 'CTM-100' }];
    const graph = withSwitches({ oldValidationWords: true }, { users: [{ id: userId(1), invalid }] });
    const id = await graph.validated({ workloads: ['ODSP', 'Teams'] });
    expect(await graph.services(id, userId(1))).toEqual({ ODSP: 'failed', Teams: 'completed' });
    expect(await graph.status(id)).toBe('validateFailed');
  });
});
