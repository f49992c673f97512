import { describe, expect, it } from 'vitest';
import { codesOf, hour, minute, userId } from '../testGraph.ts';
import {
  groupParameters,
  refusalOf,
  siteParameters,
  tasksPath,
  TestSharePoint,
  userParameters,
} from './testSharePoint.ts';

describe('the queue of a source tenant', () => {
  it('takes so many tasks that have not ended', async () => {
    const sharePoint = new TestSharePoint({ sharePoint: { switches: { maxQueuedMoves: 2 } } });
    const first = await sharePoint.created(userParameters('a'));
    await sharePoint.created(siteParameters('b'));
    const refused = await sharePoint.create(groupParameters('c'));
    expect([refused.status, codesOf(refused), refused.headers.get('retry-after')]).toEqual([
      422,
      ['quotaLimitReached'],
      null,
    ]);
    // Neither a repeated create nor a validation is limited.
    expect((await sharePoint.create(userParameters('a'))).status).toBe(200);
    expect((await sharePoint.create(groupParameters('c', { validateOnly: true }))).status).toBe(
      200,
    );
    await sharePoint.cancel(first);
    expect((await sharePoint.create(groupParameters('c'))).status).toBe(200);
    expect((await sharePoint.create(userParameters('a'))).status).toBe(422);
    sharePoint.advance(70);
    expect((await sharePoint.create(userParameters('a'))).status).toBe(200);
  });

  it('is its own', async () => {
    const other = '22222222-3333-4444-5555-666666666666';
    const sharePoint = new TestSharePoint({
      scenario: { sourceTenantIds: ['11111111-2222-3333-4444-555555555555', other] },
      sharePoint: { switches: { maxQueuedMoves: 1 } },
    });
    await sharePoint.created();
    expect((await sharePoint.create(siteParameters())).status).toBe(422);
    expect(
      (
        await sharePoint.call(
          'POST',
          tasksPath,
          { parameters: siteParameters() },
          { tenantId: other },
        )
      ).status,
    ).toBe(200);
  });

  it.each([
    [429, 'activityLimitReached', '300'],
    [503, 'serviceNotAvailable', '300'],
    [507, 'quotaLimitReached', null],
  ])('can return %i when it is full', async (overQueueStatus, code, retryAfter) => {
    const sharePoint = new TestSharePoint({
      sharePoint: { switches: { maxQueuedMoves: 1, overQueueStatus } },
    });
    await sharePoint.created();
    const reply = await sharePoint.create(siteParameters());
    expect([reply.status, codesOf(reply), reply.headers.get('retry-after')]).toEqual([
      overQueueStatus,
      [code],
      retryAfter,
    ]);
  });

  it('also holds the OneDrives of running jobs', async () => {
    const sharePoint = new TestSharePoint({ sharePoint: { switches: { maxQueuedMoves: 2 } } });
    const { graph } = sharePoint;
    const job = await graph.validated();
    expect((await sharePoint.create(userParameters('a'))).status).toBe(200);
    await graph.act(job, 'migrate');
    graph.clock.advance(hour + 10 * minute);
    expect((await sharePoint.create(userParameters('b'))).status).toBe(422);
    await graph.act(job, `users/${userId(1)}/cancel`);
    expect((await sharePoint.create(userParameters('b'))).status).toBe(200);
    expect((await sharePoint.create(userParameters('c'))).status).toBe(422);
    await graph.act(job, 'cancel');
    graph.clock.advance(minute);
    expect((await sharePoint.create(userParameters('c'))).status).toBe(200);
  });

  it.each([
    ['of another tenant', { sourceTenantId: '22222222-3333-4444-5555-666666666666' }, {}],
    ['without OneDrives', { workloads: ['Teams'] }, {}],
    ['by the switch', {}, { jobsShareQueue: false }],
  ])('holds no jobs %s', async (_what, changes, switches) => {
    const sharePoint = new TestSharePoint({
      sharePoint: { switches: { maxQueuedMoves: 1, ...switches } },
    });
    await sharePoint.graph.migrating(changes);
    expect((await sharePoint.create(userParameters())).status).toBe(200);
  });

  it('limits jobs by the switch', async () => {
    const sharePoint = new TestSharePoint({
      sharePoint: { switches: { maxQueuedMoves: 2, queueLimitsJobs: true } },
    });
    const { graph } = sharePoint;
    await sharePoint.created();
    const job = await graph.validated();
    expect(refusalOf(await graph.post(`/${job}/migrate`))).toEqual([422, 'quotaLimitReached']);
    expect(await graph.status(job)).toBe('validatePassed');
    sharePoint.advance(70);
    expect((await graph.post(`/${job}/migrate`)).status).toBe(200);
    // Its own OneDrives do not stand in its way.
    expect((await graph.post(`/${job}/migrate`)).status).toBe(409);
  });
});
