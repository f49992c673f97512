import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SteppedClock } from '../../../local/clock/steppedClock.ts';
import { codesOf, EmulatorUnderTest, startMs, targetTenantId, user } from './emulatorHarness.ts';

describe('create', () => {
  it('answers 201 with the job and its users, readable by id, by alternate key and by name', async () => {
    const graph = new EmulatorUnderTest();
    const created = await graph.call('POST', '', graph.jobBody({ displayName: "wave-o'neil" }));
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ status: 'submitted', jobType: 'validate', message: '', targetTenantId, resources: [user(1), user(2)], resourceType: 'Users' });
    for (const path of [`/${String(created.body['id'])}`, "(displayName='wave-o''neil')", "(displayName='WAVE-o%27%27neil')", "/wave-o'neil"]) {
      const found = await graph.call('GET', path);
      expect([path, found.status, found.body['id']]).toEqual([path, 200, created.body['id']]);
      expect(found.body['resources']).toEqual([]);
    }
    expect((await graph.call('GET', "(displayName='other')")).status).toBe(404);
  });

  it.each([
    ['a name that is taken', { displayName: 'twice' }, 422, ['BadArgument', 'duplicateDisplayNameJob']],
    ['a date that has passed', { completeAfterDateTime: '2026-11-20T08:00:00Z' }, 422, ['BadArgument', 'minThresholdFailed']],
    ['no name', { displayName: undefined }, 400, ['BadRequest', 'invalidProperty']],
    ['no users', { resources: [] }, 400, ['BadRequest', 'invalidProperty']],
    ['no source tenant', { sourceTenantId: undefined }, 400, ['BadRequest', 'invalidProperty']],
    ['another resource type', { resourceType: 'Groups' }, 400, ['BadRequest', 'invalidProperty']],
    ['Exchange without its settings', { exchangeSettings: undefined }, 400, ['BadRequest', 'missingProperty']],
    ['all workloads by omission without the settings of Exchange', { workloads: undefined, exchangeSettings: undefined }, 400, ['BadRequest', 'missingProperty']],
    ['too many users', { resources: Array.from({ length: 101 }, (_, n) => user(n)) }, 422, ['BadArgument', 'maxThresholdFailed']],
  ])('refuses %s', async (_, changes, status, codes) => {
    const graph = new EmulatorUnderTest();
    await graph.create({ displayName: 'twice' });
    const refused = await graph.call('POST', '', graph.jobBody(changes));
    expect([refused.status, codesOf(refused)]).toEqual([status, codes]);
  });

  it('takes users in any case, and does not start a validation by itself', async () => {
    const graph = new EmulatorUnderTest();
    const id = await graph.create({ resourceType: 'uSeRs' });
    graph.clock.advance(24 * 3_600_000);
    expect(await graph.status(id)).toBe('submitted');
  });
});

describe('answers', () => {
  it('carry request-id, the caller’s client-request-id and a date on the shared clock', async () => {
    const graph = new EmulatorUnderTest();
    const headers = { authorization: `Bearer ${await graph.token()}`, 'client-request-id': 'mine' };
    const answer = await graph.call('GET', '/none', undefined, headers);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get('client-request-id')).toBe('mine');
    expect(answer.headers.get('date')).toBe('Fri, 20 Nov 2026 08:00:00 GMT');
    expect(answer.body).toMatchObject({ error: { code: 'ResourceNotFound', innerError: { 'request-id': answer.headers.get('request-id'), 'client-request-id': 'mine' } } });
  });

  it('are the same under beta and for a path in other letters', async () => {
    const graph = new EmulatorUnderTest();
    const id = await graph.create();
    expect((await graph.call('GET', `http://graph.test/beta/Solutions/Migrations/crosstenantmigrationjobs/${id}`)).body['id']).toBe(id);
  });
});

describe('tokens', () => {
  it('are needed, expire, and hold only in the target tenant and for what they permit', async () => {
    const reader = user(77);
    const graph = new EmulatorUnderTest({ clients: [{ clientId: reader, permissions: ['CrossTenantContentMigration.Read.All'] }] });
    const bare = await graph.call('GET', '', undefined, {});
    expect([bare.status, bare.headers.get('www-authenticate')?.startsWith('Bearer')]).toEqual([401, true]);
    expect((await graph.call('GET', '', undefined, { authorization: 'Bearer a.b' })).status).toBe(401);
    const readOnly = { authorization: `Bearer ${await graph.token(reader)}` };
    expect((await graph.call('GET', '', undefined, readOnly)).status).toBe(200);
    const denied = await graph.call('POST', '', graph.jobBody(), readOnly);
    expect([denied.status, codesOf(denied)]).toEqual([403, ['Authorization_RequestDenied']]);
    const source = { authorization: `Bearer ${await graph.token(user(0), '11111111-2222-3333-4444-555555555555')}` };
    expect((await graph.call('GET', '', undefined, source)).status).toBe(403);
    graph.clock.advance(3_601_000);
    expect((await graph.call('GET', '', undefined, readOnly)).status).toBe(401);
  });
});

describe('the state machine', () => {
  it('goes the nominal path, in order', async () => {
    const graph = new EmulatorUnderTest();
    const id = await graph.create();
    const seen: string[] = [];
    const look = async (): Promise<void> => {
      const status = await graph.status(id);
      if (seen.at(-1) !== status) seen.push(status);
    };
    await look();
    expect((await graph.call('POST', `/${id}/validate`)).body).toMatchObject({ status: 'validateSubmitted', resources: [] });
    while (seen.at(-1) !== 'validatePassed') {
      await look();
      graph.clock.advance(20_000);
    }
    expect((await graph.call('POST', `/${id}/migrate`)).body).toMatchObject({ status: 'processing', jobType: 'migrate' });
    while (seen.at(-1) !== 'completed') {
      await look();
      graph.clock.advance(60_000);
    }
    expect(seen).toEqual(['submitted', 'validateSubmitted', 'validateProcessing', 'validateInProgress', 'validatePassed', 'processing', 'inProgress', 'cuttingOver', 'completed']);
  });

  it('refuses what a status does not allow, with 409', async () => {
    const graph = new EmulatorUnderTest();
    const id = await graph.create();
    const refused = async (...actions: string[]): Promise<void> => {
      for (const action of actions) expect([await graph.status(id), action, (await graph.call(action === 'delete' ? 'DELETE' : 'POST', action === 'delete' ? `/${id}` : `/${id}/${action}`)).status]).toEqual([expect.any(String), action, 409]);
    };
    await refused('migrate', 'delete');
    await graph.call('POST', `/${id}/validate`);
    await refused('validate', 'migrate', 'delete');
    await graph.until(id, 'validatePassed');
    await refused('validate', 'delete');
    await graph.call('POST', `/${id}/migrate`);
    await refused('validate', 'migrate', 'delete');
    await graph.until(id, 'cuttingOver');
    await refused('cancel', 'validate', 'migrate', 'delete');
    await graph.until(id, 'completed');
    await refused('cancel', 'validate', 'migrate');
    expect((await graph.call('DELETE', `/${id}`)).status).toBe(202);
    expect(await graph.status(id)).toBe('pendingDelete');
    await graph.until(id, '404');
  });

  it('does not cut over before the date, and does after it', async () => {
    const graph = new EmulatorUnderTest();
    const dateMs = startMs + 5 * 86_400_000;
    const id = await graph.validated({ completeAfterDateTime: new Date(dateMs).toISOString() });
    await graph.call('POST', `/${id}/migrate`);
    await graph.until(id, 'cuttingOver');
    expect(graph.clock.now()).toBeGreaterThanOrEqual(dateMs);
  });

  it('cancels before the date only', async () => {
    const graph = new EmulatorUnderTest();
    const early = await graph.validated({ completeAfterDateTime: new Date(startMs + 5 * 86_400_000).toISOString() });
    await graph.call('POST', `/${early}/migrate`);
    await graph.until(early, 'inProgress');
    const answer = await graph.call('POST', `/${early}/cancel`);
    expect([answer.status, answer.body]).toMatchObject([202, { id: early, status: 'pendingCancel' }]);
    expect(await graph.status(early)).toBe('pendingCancel');
    await graph.until(early, 'cancelled');
    const late = await graph.validated();
    graph.clock.advance(3_600_000);
    await graph.call('POST', `/${late}/migrate`);
    await graph.until(late, 'inProgress');
    expect((await graph.call('POST', `/${late}/cancel`)).status).toBe(409);
  });

  it('forgets a validation after seven days, and lets it be done again', async () => {
    const graph = new EmulatorUnderTest();
    const id = await graph.validated({ completeAfterDateTime: new Date(startMs + 20 * 86_400_000).toISOString() });
    graph.clock.advance(7 * 86_400_000 + 60_000);
    expect((await graph.call('POST', `/${id}/migrate`)).status).toBe(409);
    expect(await graph.status(id)).toBe('validatePassed');
    expect((await graph.call('POST', `/${id}/validate`)).status).toBe(200);
    await graph.until(id, 'validatePassed');
    expect((await graph.call('POST', `/${id}/migrate`)).status).toBe(200);
  });

  it('moves the date, before it has passed', async () => {
    const graph = new EmulatorUnderTest();
    const id = await graph.validated({ completeAfterDateTime: new Date(startMs + 20 * 86_400_000).toISOString() });
    await graph.call('POST', `/${id}/migrate`);
    await graph.until(id, 'inProgress');
    const sooner = '2026-11-25T08:00:00Z';
    const answer = await graph.call('PATCH', `/${id}`, { completeAfterDateTime: sooner });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await graph.call('GET', `/${id}`)).body['completeAfterDateTime']).toBe(sooner);
    expect((await graph.call('PATCH', `/${id}`, { displayName: 'other' })).status).toBe(400);
    await graph.until(id, 'cuttingOver');
    expect(graph.clock.now()).toBeLessThan(startMs + 6 * 86_400_000);
  });

  it('takes a date that has passed, or refuses it where the tenant is strict', async () => {
    for (const [strictCompleteAfter, status] of [[false, 204], [true, 422]] as const) {
      const graph = new EmulatorUnderTest({ switches: { strictCompleteAfter } });
      const id = await graph.create();
      expect((await graph.call('PATCH', `/${id}`, { completeAfterDateTime: '2026-11-01T00:00:00Z' })).status).toBe(status);
    }
  });
});

describe('users', () => {
  it('are one task each with one status per workload, in pages', async () => {
    const graph = new EmulatorUnderTest();
    const id = await graph.create({ resources: Array.from({ length: 45 }, (_, n) => user(n + 1)) });
    const page = z.object({ value: z.array(z.object({ id: z.string() })), '@odata.nextLink': z.string().optional() });
    const seen: string[] = [];
    let path: string | undefined = `/${id}/users`;
    const sizes: number[] = [];
    while (path !== undefined) {
      const { value, '@odata.nextLink': next } = page.parse((await graph.call('GET', path)).body);
      seen.push(...value.map((task) => task.id));
      sizes.push(value.length);
      path = next;
    }
    expect(sizes).toEqual([20, 20, 5]);
    expect(seen).toEqual(Array.from({ length: 45 }, (_, n) => user(n + 1)));
    expect((await graph.users(id))[0]?.currentStatus.map(({ service, status }) => `${service} ${status}`).sort()).toEqual(['Exchange notStarted', 'Meeting notStarted', 'ODSP notStarted', 'Teams notStarted']);
    expect((await graph.call('GET', `/${id}/users/${user(3)}`)).body['id']).toBe(user(3));
    expect((await graph.call('GET', `/${id}/users/${user(99)}`)).status).toBe(404);
    expect((await graph.call('GET', `/${id}/users/$count`)).text).toBe('45');
  });

  it('fail validation where the scenario says so, with the code, and the job with them', async () => {
    const graph = new EmulatorUnderTest({ users: [{ id: user(1), invalid: [{ workload: 'Teams', code: 'CTM-100' }], invalidRounds: 1 }] });
    const id = await graph.create();
    await graph.call('POST', `/${id}/validate`);
    await graph.until(id, 'validateFailed');
    const [bad, good] = await graph.users(id);
    expect(bad?.currentStatus.find(({ service }) => service === 'Teams')).toMatchObject({ status: 'invalid', errors: [{ code: 'CTM-100' }] });
    expect(new Set(good?.currentStatus.map(({ status }) => status))).toEqual(new Set(['valid']));
    expect((await graph.call('POST', `/${id}/migrate`)).status).toBe(409);
    expect((await graph.call('POST', `/${id}/validate`)).status).toBe(200);
    await graph.until(id, 'validatePassed');
  });

  it('fail a workload where the scenario says so; the job can be migrated again', async () => {
    const graph = new EmulatorUnderTest({ users: [{ id: user(1), failed: [{ workload: 'ODSP', code: 'MnATargetUserDoesNotExist' }], failedRounds: 1 }] });
    const id = await graph.validated();
    await graph.call('POST', `/${id}/migrate`);
    expect(new Set((await graph.users(id)).flatMap(({ currentStatus }) => currentStatus.map(({ status }) => status)))).toEqual(new Set(['notStarted']));
    await graph.until(id, 'completedWithErrors');
    expect((await graph.users(id))[0]?.currentStatus.map(({ service, status, errors }) => [service, status, ...errors.map(({ code }) => code)])).toContainEqual(['ODSP', 'failed', 'MnATargetUserDoesNotExist']);
    expect((await graph.call('POST', `/${id}/migrate`)).status).toBe(200);
    await graph.until(id, 'completed');
  });

  it('may be in one active job only', async () => {
    const graph = new EmulatorUnderTest();
    await graph.validated({ resources: [user(1)] });
    const second = await graph.create({ resources: [user(1), user(2)] });
    await graph.call('POST', `/${second}/validate`);
    await graph.until(second, 'validateFailed');
    const [busy, free] = await graph.users(second);
    expect(busy?.currentStatus.flatMap(({ errors }) => errors.map(({ code }) => code))).toEqual(['CTM-002']);
    expect(free?.currentStatus.every(({ status }) => status === 'valid')).toBe(true);
  });

  it('are not moved with Meeting alone', async () => {
    const graph = new EmulatorUnderTest();
    const id = await graph.create({ workloads: ['Meeting'], exchangeSettings: undefined });
    await graph.call('POST', `/${id}/validate`);
    await graph.until(id, 'validateFailed');
  });

  it('can be cancelled one by one before the date', async () => {
    const graph = new EmulatorUnderTest();
    const id = await graph.validated({ completeAfterDateTime: new Date(startMs + 5 * 86_400_000).toISOString() });
    await graph.call('POST', `/${id}/migrate`);
    await graph.until(id, 'inProgress');
    const answer = await graph.call('POST', `/${id}/users/${user(1)}/cancel`);
    expect([answer.status, answer.body['status']]).toEqual([202, 'Accepted']);
    expect((await graph.call('POST', `/${id}/users/${user(1)}/cancel`)).status).toBe(409);
    expect((await graph.call('POST', `/${id}/users/${user(9)}/cancel`)).status).toBe(404);
    await graph.until(id, 'completed');
    const [cancelled, moved] = await graph.users(id);
    expect([cancelled, moved].map((task) => task?.currentStatus[0]?.status)).toEqual(['cancelled', 'completed']);
    expect((await graph.call('POST', `/${id}/users/${user(2)}/cancel`)).status).toBe(409);
  });

  it('are written only where the tenant has that', async () => {
    const without = new EmulatorUnderTest();
    const id = await without.create();
    expect((await without.call('POST', `/${id}/users`, { id: user(5) })).status).toBe(405);
    expect((await without.call('PATCH', `/${id}/users/${user(1)}`, {})).status).toBe(405);
    const withWrites = new EmulatorUnderTest({ switches: { userTaskWrites: true } });
    const other = await withWrites.create();
    expect((await withWrites.call('POST', `/${other}/users`, { id: user(5), taskType: 'user' })).status).toBe(201);
    expect((await withWrites.users(other)).map((task) => task.id)).toContain(user(5));
    expect((await withWrites.call('PATCH', `/${other}/users/${user(5)}`, { taskType: 'user' })).status).toBe(200);
  });
});

describe('the list of jobs', () => {
  it('is newest first in pages of twenty; every job comes once, also when new ones arrive', async () => {
    const graph = new EmulatorUnderTest();
    const ids: string[] = [];
    for (let n = 0; n < 45; n += 1) ids.unshift(await graph.create({ resources: [user(n)] }));
    const page = z.object({ value: z.array(z.object({ id: z.string() })), '@odata.nextLink': z.string().optional() });
    const seen: string[] = [];
    let path: string | undefined = '';
    while (path !== undefined) {
      const { value, '@odata.nextLink': next } = page.parse((await graph.call('GET', path)).body);
      seen.push(...value.map(({ id }) => id));
      if (path === '') await graph.create({ resources: [user(100)] });
      path = next;
    }
    expect(seen).toEqual(ids);
    expect((await graph.call('GET', '/$count')).text).toBe('46');
    expect((await graph.call('GET', '?$skiptoken=nonsense')).status).toBe(400);
  });
});

describe('jobs that the scenario holds up', () => {
  it('stay where it says, for as long as it says', async () => {
    const graph = new EmulatorUnderTest({ jobs: [{ displayName: '^slow-', stuckIn: 'adminActionRequired', stuckSeconds: 86_400 }, { displayName: '^bad-', fails: true }] });
    const slow = await graph.validated({ displayName: 'slow-1', resources: [user(1)] });
    await graph.call('POST', `/${slow}/migrate`);
    await graph.until(slow, 'adminActionRequired');
    graph.clock.advance(80_000_000);
    expect(await graph.status(slow)).toBe('adminActionRequired');
    await graph.until(slow, 'completed');
    const bad = await graph.validated({ displayName: 'bad-1', resources: [user(2)] });
    await graph.call('POST', `/${bad}/migrate`);
    await graph.until(bad, 'failed');
  });
});

describe('state', () => {
  it('survives a restart with the same data, and is the same for the same seed', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'graph-'));
    try {
      const first = new EmulatorUnderTest({ seed: 5 }, { dataDir });
      const id = await first.validated({ displayName: 'kept' });
      await first.call('POST', `/${id}/migrate`);
      const second = new EmulatorUnderTest({ seed: 5 }, { dataDir, clock: new SteppedClock(first.clock.now()) });
      await first.until(id, 'completed');
      await second.until(id, 'completed');
      expect(second.clock.now()).toBe(first.clock.now());
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
