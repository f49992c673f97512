import { describe, expect, it } from 'vitest';
import { refusedCodes, refusedStatuses } from '../../faults/faultPlan.ts';
import { TestSharePoint, userParameters } from '../sharePoint/testSharePoint.ts';
import { codesOf, jobRequest, TestGraph, userId } from '../testGraph.ts';
import { callsTo, faultsOf } from './faultLog.ts';

const plan = (fault: object) => ({ faults: { faults: [fault] } });

describe('outages', () => {
  it.each([
    ['error500', 500, 'application/json'],
    ['error502', 502, 'text/html; charset=us-ascii'],
    ['error503', 503, 'application/json'],
    ['error504', 504, 'application/json'],
    ['htmlBody', 200, 'text/html; charset=us-ascii'],
  ])('%s before and after the effect', async (kind, status, contentType) => {
    for (const [effect, jobs] of [
      ['before', '0'],
      ['after', '1'],
    ] as const) {
      const graph = new TestGraph(plan({ kind, effect, operation: 'createJob', occurrence: 1 }));
      const reply = await graph.post('', jobRequest());
      expect([
        reply.status,
        reply.headers.get('content-type'),
        reply.headers.get('retry-after'),
      ]).toEqual([status, contentType, null]);
      expect(reply.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect((await graph.get('/$count')).text).toBe(jobs);
      const [row] = await callsTo(graph.emulator);
      expect(row).toMatchObject({
        operation: 'createJob',
        status,
        fault: kind,
        faultEffect: effect,
      });
      expect(row?.effect?.startsWith('create ') ?? false).toBe(effect === 'after');
    }
  });

  it('are of no effect on a read, nor where Graph refuses anyway', async () => {
    const graph = new TestGraph(plan({ kind: 'error503', effect: 'after', rate: 1 }));
    await graph.get(`/${userId(1)}`);
    await graph.post('', {});
    expect(await faultsOf(graph.emulator)).toEqual([
      'getJob error503 null 503',
      'createJob error503 null 503',
    ]);
  });

  it('may come on either side of the effect, by the seed', async () => {
    const graph = new TestGraph(
      plan({ kind: 'error500', effect: 'either', rate: 1, operation: 'createJob' }),
    );
    for (let n = 0; n < 8; n += 1)
      await graph.post('', jobRequest({ displayName: `wave-${String(n)}` }));
    const effects = (await callsTo(graph.emulator)).map(({ faultEffect }) => faultEffect);
    expect(new Set(effects)).toEqual(new Set(['before', 'after']));
    expect((await graph.get('/$count')).text).toBe(
      String(effects.filter((effect) => effect === 'after').length),
    );
  });
});

describe('refusals', () => {
  it.each([
    ['forbidden', 'migrateJob', 'migrate', 403, ['Authorization_RequestDenied']],
    ['conflictExpired', 'migrateJob', 'migrate', 409, ['Conflict']],
    ['conflictStatus', 'migrateJob', 'migrate', 409, ['Conflict']],
    ['conflictStatus', 'validateJob', 'validate', 409, ['Conflict']],
    ['conflictStatus', 'cancelJob', 'cancel', 409, ['Conflict']],
    ['conflictUserCancel', 'cancelTask', `users/${userId(1)}/cancel`, 409, ['Conflict']],
  ])('%s applies to %s', async (kind, operation, path, status, codes) => {
    const both =
      kind === 'conflictStatus' || kind === 'conflictUserCancel' ? { effect: 'before' } : {};
    const graph = new TestGraph(plan({ kind, operation, occurrence: 1, ...both }));
    const id = await graph.created();
    const reply = await graph.post(`/${id}/${path}`);
    expect([reply.status, codesOf(reply)]).toEqual([status, codes]);
    expect(await graph.status(id)).toBe('submitted');
    expect((await callsTo(graph.emulator)).at(1)).toMatchObject({
      operation,
      fault: kind,
      faultEffect: 'before',
      effect: null,
    });
  });

  it.each([
    [
      'duplicateName',
      ['BadArgument', 'duplicateDisplayNameJob', 'displayName'],
      { effect: 'before' },
    ],
    ['dateInPast', ['BadArgument', 'minThresholdFailed', 'completeAfterDateTime'], {}],
  ])('%s applies to a create', async (kind, codes, both) => {
    const graph = new TestGraph(plan({ kind, operation: 'createJob', occurrence: 1, ...both }));
    const reply = await graph.post('', jobRequest());
    expect([reply.status, codesOf(reply)]).toEqual([422, codes]);
    expect((await graph.post('', jobRequest())).status).toBe(201);
  });

  it.each(refusedStatuses)(
    'refused returns %i with an error of Graph, to reads and before the effect of writes',
    async (status) => {
      const graph = new TestGraph(plan({ kind: 'refused', status, rate: 1 }));
      for (const reply of [
        await graph.get(''),
        await graph.get(`/${userId(1)}`),
        await graph.post('', jobRequest()),
      ]) {
        expect([reply.status, codesOf(reply), reply.headers.get('location') !== null]).toEqual([
          status,
          [refusedCodes[status]],
          status < 400,
        ]);
        expect(reply.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
      }
      expect(
        (await callsTo(graph.emulator)).map(({ fault, faultEffect, effect }) => [
          fault,
          faultEffect,
          effect,
        ]),
      ).toEqual([
        ['refused', null, null],
        ['refused', null, null],
        ['refused', 'before', null],
      ]);
    },
  );

  it('refused is a 403 where the plan names no status, and another host where it redirects', async () => {
    expect((await new TestGraph(plan({ kind: 'refused', rate: 1 })).get('')).status).toBe(403);
    const moved = await new TestGraph(plan({ kind: 'refused', rate: 1, status: 307 })).get('');
    expect(moved.headers.get('location')).toBe(
      'https://graph.example/v1.0/solutions/migrations/crossTenantMigrationJobs',
    );
  });

  it('a conflict may come after the effect, as when a gateway repeats the call', async () => {
    const graph = new TestGraph(
      plan({ kind: 'conflictStatus', effect: 'after', operation: 'validateJob', occurrence: 1 }),
    );
    const id = await graph.created();
    expect((await graph.post(`/${id}/validate`)).status).toBe(409);
    expect(await graph.status(id)).toBe('validateSubmitted');
    expect((await callsTo(graph.emulator)).at(1)).toMatchObject({
      fault: 'conflictStatus',
      faultEffect: 'after',
      effect: 'validate',
    });
  });

  it('dateInPast and conflictNotFinal apply to an update and a delete', async () => {
    const graph = new TestGraph({
      faults: {
        faults: [
          { kind: 'dateInPast', rate: 1, operation: 'updateJob' },
          { kind: 'conflictNotFinal', rate: 1 },
        ],
      },
    });
    const id = await graph.created();
    expect(
      codesOf(
        await graph.call('PATCH', `/${id}`, { completeAfterDateTime: '2026-12-01T22:00:00Z' }),
      ),
    ).toContain('minThresholdFailed');
    const deleted = await graph.call('DELETE', `/${id}`);
    expect([deleted.status, codesOf(deleted)]).toEqual([
      409,
      ['Conflict', 'resourceTypeMismatch', 'status'],
    ]);
  });

  it.each([
    ['trustMissing', 422],
    ['oneDriveMissing', 422],
    ['mappingMissing', 422],
    ['sameFarm', 501],
  ])('%s applies to a SharePoint task', async (kind, status) => {
    const graph = new TestSharePoint(
      plan({ kind, operation: 'createSharePointTask', occurrence: 1 }),
    );
    expect((await graph.create(userParameters('lee'))).status).toBe(status);
    expect((await graph.create(userParameters('lee'))).status).toBe(200);
  });
});

describe('404 right after create', () => {
  it('applies to what is younger than its lag, by id and by name, and to nothing else', async () => {
    const graph = new TestGraph(plan({ kind: 'notFoundYet', rate: 1, lagSeconds: 30 }));
    const old = await graph.created({ displayName: 'old' });
    graph.clock.advance(31_000);
    const id = await graph.created();
    const paths = [`/${id}`, `/${id}/users`, `(displayName='wave07-b003')`, '/WAVE07-B003'];
    for (const path of paths) expect((await graph.get(path)).status).toBe(404);
    expect((await graph.post(`/${id}/validate`)).status).toBe(404);
    expect((await graph.get(`/${old}`)).status).toBe(200);
    graph.clock.advance(30_000);
    for (const path of paths) expect((await graph.get(path)).status).toBe(200);
    expect(await graph.status(id)).toBe('submitted');
    expect(await faultsOf(graph.emulator)).toContain('findJob notFoundYet null 404');
  });

  it('applies to SharePoint tasks too', async () => {
    const graph = new TestSharePoint(plan({ kind: 'notFoundYet', rate: 1 }));
    const id = await graph.created(userParameters('lee'));
    expect((await graph.get(`/${id}`)).status).toBe(404);
    graph.advance(0.5);
    expect((await graph.get(`/${id}`)).status).toBe(200);
  });
});
