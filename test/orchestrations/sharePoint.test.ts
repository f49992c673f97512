import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Interference } from '../../local/graph/createEmulator.ts';
import { outcomeEventSchema } from '../../shared/contracts/outcomeEvent.ts';
import type { SharePointRequest } from '../../shared/contracts/sharePointRequest.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { noCounts } from '../../shared/domain/counts.ts';
import { openWorld, user, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

const day = 86_400_000;
const start = Date.parse('2026-11-20T08:00:00Z');
const inDays = (days: number): string => new Date(start + days * day).toISOString();
const host = 'https://fabrico-my.sharepoint.com';
const site = (name: string, changes: object = {}) => ({
  '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
  targetOrganizationHost: host,
  sourceSiteUrl: `https://contoso.sharepoint.com/sites/${name}`,
  targetSiteUrl: `https://fabrico.sharepoint.com/sites/${name}`,
  ...changes,
});
const person = (name: string, changes: object = {}) => ({
  '@odata.type': '#microsoft.graph.sharePointUserMigrationTaskParameters',
  targetOrganizationHost: host,
  sourceUserIdentity: { userPrincipalName: `${name}@contoso.com` },
  targetUserIdentity: { userPrincipalName: `${name}@fabrico.com` },
  ...changes,
});
const byId = (n: number) => person('x', { sourceUserIdentity: { id: user(n) }, targetUserIdentity: { id: user(n + 100) } });
const named = (tasks: readonly Task[], name: string): Task | undefined => tasks.find(({ source }) => source?.endsWith(name));
const outcomes = async (id: string): Promise<(string | null)[]> => (await world.tasks(id)).toSorted((a, b) => ((a.source ?? '') < (b.source ?? '') ? -1 : 1)).map(({ outcome }) => outcome);
const until = (ms: number) => world.engine.settle(() => world.clock.now() >= ms);
const tasksPath = '/crossOrganizationMigrationTasks';
const creates = async (): Promise<readonly number[]> => (await world.log()).filter(({ method, path }) => method === 'POST' && path.endsWith(tasksPath)).map(({ status }) => status);
const created = async (): Promise<number> => (await world.log()).filter(({ effect }) => effect?.startsWith('createTask') === true).length;

/** Lets a create take effect and loses the answer, the first `times` times. */
function lost(times: number): Interference {
  let left = times;
  return {
    after: (request) => {
      if (request.method !== 'POST' || !new URL(request.url).pathname.endsWith(tasksPath) || left === 0) return Promise.resolve(undefined);
      left -= 1;
      return Promise.reject(new Error('the connection was reset'));
    },
  };
}

describe('a SharePoint migration', { timeout: 120_000 }, () => {
  it('takes each of the seven examples to its outcome', async () => {
    world = await openWorld();
    const folder = new URL('../../examples/sharepoint/', import.meta.url);
    const ended: Record<string, unknown> = {};
    for (const file of readdirSync(folder).sort()) {
      const { name, tasks } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as SharePointRequest;
      const id = await world.acceptSharePoint(tasks, { name });
      await world.engine.settle();
      const { phase, kind, batchCount } = await world.migration(id);
      const [task] = await world.tasks(id);
      expect(task?.parameters).toEqual(tasks[0]);
      expect([kind, batchCount]).toEqual(['sharePoint', 1]);
      ended[name] = [phase, task?.outcome, task?.source, task?.services.map(({ service, status }) => `${service} ${status}`)];
    }
    const moved = (source: string) => ['completed', 'succeeded', source, ['SharePoint completed']];
    expect(ended).toEqual({
      'sharepoint-1-user-by-name': moved('source-user@contoso.onmicrosoft.com'),
      'sharepoint-2-user-by-id': moved('da157a29-f793-4dd6-9c73-41d2c73c2546'),
      'sharepoint-3-user-with-data-location': moved('da157a29-f793-4dd6-9c73-41d2c73c2546'),
      'sharepoint-4-site': moved('https://contoso.sharepoint.com/sites/IT'),
      'sharepoint-5-group': moved('source-group'),
      'sharepoint-6-user-with-start': moved('source-user@contoso.onmicrosoft.com'),
      'sharepoint-7-user-validate-only': ['completed', 'validated', 'source-user@contoso.onmicrosoft.com', ['SharePoint valid']],
    });
    expect(await created()).toBe(6);
    const events = world.stores.sent.map((event) => outcomeEventSchema.parse(event).type);
    expect(events.filter((type) => type === 'tenant-ferry.migration.finished')).toHaveLength(7);
    expect(await world.stores.slots.count()).toBe(0);
  });

  it('validates first when asked, records who is invalid, and creates only the others', async () => {
    world = await openWorld({ scenario: { sharePoint: { sources: [{ source: 'sites/bad$', invalid: { code: 'MnASiteMoveTargetUrlHasWriteConflict' } }] } } });
    const id = await world.acceptSharePoint([site('bad'), site('good')], { validateFirst: true });
    await world.engine.settle();
    const tasks = await world.tasks(id);
    expect(named(tasks, 'bad')).toMatchObject({ outcome: 'invalid', jobId: null, services: [{ status: 'invalid', errors: [{ code: 'MnASiteMoveTargetUrlHasWriteConflict' }] }] });
    expect(named(tasks, 'good')).toMatchObject({ outcome: 'succeeded', validation: [{ service: 'SharePoint', status: 'valid' }] });
    expect(await world.migration(id)).toMatchObject({ phase: 'completedWithErrors', counts: { ...noCounts, succeeded: 1, invalid: 1 } });
    expect(await created()).toBe(1);
  });

  it('takes a validation that fails with 200 for the same', async () => {
    world = await openWorld({ scenario: { sharePoint: { switches: { failedValidationAnswersOk: true }, sources: [{ source: 'sites/bad$', invalid: { code: 'MnASiteMoveTargetUrlHasWriteConflict' } }] } } });
    const id = await world.acceptSharePoint([site('bad'), site('good')], { validateOnly: true });
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, validated: 1, invalid: 1 });
    expect(named(await world.tasks(id), 'bad')?.services[0]?.errors[0]?.code).toBe('MnASiteMoveTargetUrlHasWriteConflict');
    expect(await created()).toBe(0);
  });

  it('does not create what somebody must approve before, and asks once', async () => {
    world = await openWorld({ batchSize: 1 });
    const id = await world.acceptSharePoint([site('a'), site('b')], { validateFirst: true, requestedBy: 'lee@fabrikam.com', approval: { required: true } });
    await until(start + day);
    expect(await created()).toBe(0);
    expect(world.stores.sent.map((event) => outcomeEventSchema.parse(event).type)).toEqual(['tenant-ferry.approval.requested']);
    await world.ask(id, 'approve', { by: 'ana@fabrikam.com' });
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');
    const rejected = await world.acceptSharePoint([site('c')], { name: 'rejected', approval: { required: true } });
    await until(world.clock.now() + 3_600_000);
    await world.ask(rejected, 'reject');
    await world.engine.settle();
    expect(await world.migration(rejected)).toMatchObject({ phase: 'cancelled', counts: { ...noCounts, cancelled: 1 } });
    expect(await created()).toBe(2);
  });
});

describe('a create', { timeout: 120_000 }, () => {
  it.each([
    ['site', site('a')],
    ['user', person('lee')],
    ['user by id', byId(1)],
  ])('of a %s whose answer is lost leads to exactly one task', async (_, parameters) => {
    world = await openWorld({ interference: lost(2), scenario: { sharePoint: { switches: { refuseRepeatedCreate: true } } } });
    const id = await world.acceptSharePoint([parameters]);
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded']);
    expect(await creates()).toHaveLength(1);
    expect(await created()).toBe(1);
  });

  it('takes over a task that moves the same to the same place, and none that moves it elsewhere', async () => {
    world = await openWorld({ scenario: { sharePoint: { sources: [{ source: 'sites/', stuckIn: 'notStarted', stuckSeconds: 3 * 86_400 }] } } });
    const first = await world.acceptSharePoint([site('a'), site('b')]);
    await until(start + day);
    const same = await world.acceptSharePoint([site('A', { targetSiteUrl: 'https://fabrico.sharepoint.com/sites/a/' }), site('b', { targetSiteUrl: 'https://fabrico.sharepoint.com/sites/other' })], { name: 'same' });
    await world.engine.settle();
    expect(await outcomes(first)).toEqual(['succeeded', 'succeeded']);
    const tasks = await world.tasks(same);
    expect(named(tasks, 'A')).toMatchObject({ outcome: 'succeeded' });
    expect(named(tasks, 'b')).toMatchObject({ outcome: 'failed', services: [{ errors: [{ code: 'MnASiteMoveIsInprogressOrFinished' }] }] });
    expect(await created()).toBe(2);
  });

  it('that Graph refuses is never repeated: 501 for tenants on one farm', async () => {
    world = await openWorld({ scenario: { sharePoint: { switches: { sameFarm: true } } } });
    const id = await world.acceptSharePoint([site('a')]);
    await world.engine.settle();
    expect(await creates()).toEqual([501]);
    expect((await world.tasks(id))[0]).toMatchObject({ outcome: 'failed', services: [{ status: 'failed', errors: [{ code: 'MnAPartnersOnTheSameFarm' }] }] });
    expect(await world.stores.slots.count()).toBe(0);
  });

  it('that Graph refuses with 422 fails with the code of its cause', async () => {
    world = await openWorld({ scenario: { sharePoint: { sources: [{ source: '^lee@', refused: 'noOneDrive' }] } } });
    const id = await world.acceptSharePoint([person('lee'), person('ana')]);
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded', 'failed']);
    expect(named(await world.tasks(id), 'lee@contoso.com')?.services[0]?.errors[0]?.code).toBe('MnAOdbFailedToGetUrlForSourceUPN');
    expect((await creates()).toSorted()).toEqual([200, 422]);
  });
});

describe('the queue of moves', { timeout: 180_000 }, () => {
  it('never holds more than its limit, over all migrations', async () => {
    world = await openWorld({ maxQueuedMoves: 3, batchSize: 2, scenario: { sharePoint: { switches: { maxQueuedMoves: 3 } } } });
    const first = await world.acceptSharePoint(['a', 'b', 'c', 'd'].map((name) => site(name)));
    const second = await world.acceptSharePoint(['e', 'f', 'g', 'h'].map((name) => site(name)), { name: 'more' });
    let most = 0;
    for (;;) {
      await world.engine.host.idle();
      most = Math.max(most, await world.stores.slots.count());
      if (!world.clock.step()) break;
    }
    expect(most).toBe(3);
    expect([(await world.migration(first)).counts.succeeded, (await world.migration(second)).counts.succeeded]).toEqual([4, 4]);
    expect(await creates()).toEqual(Array<number>(8).fill(200));
    expect(await world.stores.slots.count()).toBe(0);
  });

  it.each([422, 429, 503, 507] as const)('that is full in Graph, which says %i, is waited for', async (overQueueStatus) => {
    world = await openWorld({ scenario: { sharePoint: { switches: { maxQueuedMoves: 1, overQueueStatus } } } });
    const id = await world.acceptSharePoint([site('a'), site('b')]);
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded', 'succeeded']);
    expect(await created()).toBe(2);
  });

  it('counts the OneDrives of jobs that migrate', async () => {
    world = await openWorld({ maxQueuedMoves: 4 });
    const users = await world.accept(3, { workloads: ['ODSP'], exchangeSettings: undefined, completeAfterDateTime: inDays(3) });
    await until(start + day);
    expect(await world.stores.slots.count()).toBe(3);
    const id = await world.acceptSharePoint([site('a'), site('b')]);
    await until(start + day + 600_000);
    expect(await world.stores.slots.count()).toBe(4);
    await world.engine.settle();
    expect([(await world.migration(users)).phase, (await world.migration(id)).phase]).toEqual(['completed', 'completed']);
    expect(await world.stores.slots.count()).toBe(0);
  });
});

describe('a watch of a SharePoint task', { timeout: 180_000 }, () => {
  it('goes on for weeks, says when nothing moves, and hands the orchestrator no more events than at first', async () => {
    world = await openWorld({ scenario: { sharePoint: { sources: [{ source: 'sites/slow', stuckIn: 'inProgress', stuckSeconds: 20 * 86_400 }] } } });
    const id = await world.acceptSharePoint([site('slow')]);
    await until(start + 10 * day);
    expect((await world.tasks(id))[0]?.services[0]).toMatchObject({ status: 'inProgress', message: expect.stringContaining('no sign of life') as string });
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded']);
    expect(world.clock.now()).toBeGreaterThan(start + 20 * day);
    const turns = world.engine.turns.filter(({ instanceId }) => instanceId === `${id}-b001-t1`);
    expect(turns.length).toBeGreaterThan(1_000);
    expect(Math.max(...turns.map(({ events }) => events))).toBeLessThan(20);
    expect(Math.max(...turns.slice(-30).map(({ bytes }) => bytes))).toBeLessThan(Math.max(...turns.slice(0, 30).map(({ bytes }) => bytes)) + 100);
  });

  it('bears it when Graph is closed to the app for hours', async () => {
    let isClosed = false;
    const before: Interference['before'] = (request) => Promise.resolve(isClosed && request.method === 'GET' ? Response.json({ error: { code: 'accessDenied', message: 'm' } }, { status: 403 }) : undefined);
    world = await openWorld({ interference: { before } });
    const id = await world.acceptSharePoint([site('a')]);
    await until(start + 600_000);
    isClosed = true;
    await until(start + 6 * 3_600_000);
    isClosed = false;
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded']);
  });

  it('records what the service cancelled because it had not started by its latest start', async () => {
    world = await openWorld({ scenario: { sharePoint: { sources: [{ source: 'sites/late', stuckIn: 'notStarted' }] } } });
    const id = await world.acceptSharePoint([site('late', { preferredLatestStartDateTime: inDays(2) })]);
    await world.engine.settle();
    expect((await world.tasks(id))[0]).toMatchObject({ outcome: 'cancelled', services: [{ status: 'cancelled', message: 'not started by preferredLatestStartDateTime' }] });
  });

  it('records why a move failed, whichever member says so', async () => {
    for (const errorsAsList of [false, true]) {
      world = await openWorld({ scenario: { sharePoint: { switches: { errorsAsList, unpaddedMonths: true, completedSpelling: 'success' }, sources: [{ source: 'sites/bad$', failed: { code: 'MnAMoveJobCreationFailed' } }] } } });
      const id = await world.acceptSharePoint([site('bad'), site('good')]);
      await world.engine.settle();
      expect(await outcomes(id)).toEqual(['failed', 'succeeded']);
      expect(named(await world.tasks(id), 'bad')?.services[0]?.errors.map(({ code }) => code)).toEqual(['MnAMoveJobCreationFailed']);
      if (!errorsAsList) await world.close();
    }
  });
});

describe('commands', { timeout: 180_000 }, () => {
  const later = { preferredStartDateTime: inDays(4) };

  it('cancel one task before it starts, and leave the others alone', async () => {
    world = await openWorld();
    const id = await world.acceptSharePoint([site('a', later), site('b', later), site('c', later)]);
    await until(start + day);
    const b = named(await world.tasks(id), 'b')?.taskId ?? '';
    await world.ask(id, 'cancelTask', { taskId: b });
    await until(start + day + 3_600_000);
    expect(await world.answers(id)).toEqual(['cancelTask applied']);
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded', 'cancelled', 'succeeded']);
    expect((await world.log()).filter(({ effect }) => effect?.startsWith('cancelTask') === true)).toHaveLength(1);
  });

  it('cancel what has not started, and say how much goes on', async () => {
    world = await openWorld({ maxQueuedMoves: 2, scenario: { sharePoint: { sources: [{ source: 'sites/a', stuckIn: 'inProgress', stuckSeconds: 86_400 }] } } });
    const id = await world.acceptSharePoint([site('a'), site('b', later), site('c')]);
    await until(start + 4 * 3_600_000);
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded', 'cancelled', 'cancelled']);
    const [answer] = (await world.stores.commands.book(id)).results;
    expect(answer).toMatchObject({ verdict: 'partlyApplied', detail: '2 cancelled, 1 had started and go on' });
    expect(await world.answers(id)).toEqual(['cancel partlyApplied']);
    expect(await created()).toBe(2);
    expect(await world.stores.slots.count()).toBe(0);
  });

  it('that come when everything has started are too late', async () => {
    world = await openWorld({ scenario: { sharePoint: { timings: { queue: { min: 60, max: 60 }, move: { min: 86_400, max: 86_400 } } } } });
    const id = await world.acceptSharePoint([site('a')]);
    await until(start + 3 * 3_600_000);
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded']);
    expect(await world.answers(id)).toEqual(['cancel tooLate']);
  });

  it('pause, so that nothing new is created, and resume', async () => {
    world = await openWorld({ maxQueuedMoves: 1 });
    const id = await world.acceptSharePoint([site('a'), site('b')]);
    await until(start + 1_800_000);
    await world.ask(id, 'pause');
    await until(start + 2 * day);
    expect(await created()).toBe(1);
    await world.ask(id, 'resume');
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 2 });
  });

  it('reschedule what has not been created, and say what has', async () => {
    world = await openWorld({ maxQueuedMoves: 1 });
    const id = await world.acceptSharePoint([site('a'), site('b')]);
    await until(start + 1_800_000);
    await world.ask(id, 'reschedule', { completeAfterDateTime: inDays(6) });
    await until(start + 2 * day);
    expect((await outcomes(id)).toSorted()).toEqual(['succeeded', null].toSorted());
    const [answer] = (await world.stores.commands.book(id)).results;
    expect(answer).toMatchObject({ verdict: 'partlyApplied', detail: '1 will not start before the new date, 1 had been created and keep their start' });
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded', 'succeeded']);
    expect(world.clock.now()).toBeGreaterThan(start + 6 * day);
  });

  it('retry what failed, as a fresh task', async () => {
    world = await openWorld({ scenario: { sharePoint: { sources: [{ source: 'sites/a$', failed: { code: 'MnAMoveJobCreationFailed' }, failedTimes: 1 }] } } });
    const id = await world.acceptSharePoint([site('a'), site('b')]);
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['failed', 'succeeded']);
    expect(await world.ask(id, 'retry')).toMatchObject({ kind: 'accepted' });
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded', 'succeeded']);
    expect((await world.migration(id)).phase).toBe('completed');
    expect(await created()).toBe(3);
  });

  it('at any moment are answered, and the answer is true', { timeout: 300_000 }, async () => {
    for (let steps = 0; steps < 28; steps += 3) {
      world = await openWorld({ maxQueuedMoves: 2, scenario: { seed: steps } });
      const id = await world.acceptSharePoint([site('a'), site('b'), site('c', later)], { validateFirst: true });
      for (let step = 0; step < steps; step += 1) {
        await world.engine.host.idle();
        world.clock.step();
      }
      await world.ask(id, 'cancel');
      await world.engine.settle();
      const { counts } = await world.migration(id);
      const [answer] = (await world.stores.commands.book(id)).results;
      const what = `after ${String(steps)} steps: ${JSON.stringify(answer)}, ${JSON.stringify(counts)}`;
      const expected = counts.cancelled === 3 ? 'applied' : counts.cancelled > 0 ? ['applied', 'partlyApplied'] : 'tooLate';
      expect(counts.pending, what).toBe(0);
      expect([expected].flat(), what).toContain(answer?.verdict);
      expect(await world.stores.slots.count(), what).toBe(0);
      await world.close();
    }
    world = await openWorld();
  });
});

describe('a cancel right after a create whose answer was lost', { timeout: 120_000 }, () => {
  it.each([0, 3_600])('cancels the task that is there, also when nobody sees it for %i seconds', async (unseenSeconds) => {
    const losing = lost(1);
    const before: Interference['before'] = (request) => {
      const isLookUp = request.method === 'GET' && request.url.includes('getBySource');
      return Promise.resolve(isLookUp && world.clock.now() < start + unseenSeconds * 1000 ? new Response(null, { status: 404 }) : undefined);
    };
    world = await openWorld({ interference: { ...losing, before } });
    const id = await world.acceptSharePoint([site('a', { preferredStartDateTime: inDays(3) })]);
    await world.engine.host.idle();
    expect(await created()).toBe(1);
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, cancelled: 1 });
    expect(await world.answers(id)).toEqual(['cancel applied']);
    expect(await created()).toBe(1);
    // Not only in our own words: Graph has cancelled it.
    expect((await world.log()).filter(({ effect }) => effect?.startsWith('cancelTask') === true)).toHaveLength(1);
  });
});

describe('identity mappings', { timeout: 120_000 }, () => {
  const mapping = (name: string, target = name) => ({ sourceUserIdentity: { userPrincipalName: `${name}@contoso.com` }, targetUserIdentity: { userPrincipalName: `${target}@fabrico.com` } });
  const group = { sourceGroupIdentity: { id: user(1) }, targetGroupIdentity: { id: user(2) }, targetGroupMigrationData: { mailNickname: 'target-group' } };

  it('of the request are in the map before anything is created', async () => {
    world = await openWorld({ scenario: { sharePoint: { switches: { demandIdentityMap: true } } } });
    const users = Array.from({ length: 60 }, (_, n) => mapping(`user${String(n)}`));
    const id = await world.acceptSharePoint([person('user0'), person('user59')], { identityMappings: { users, groups: [group] }, checkIdentityMappings: true });
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded', 'succeeded']);
    const effects = (await world.log()).flatMap(({ effect }) => (effect === null ? [] : [effect.replace(/ [0-9a-f-]{36}$/, '')]));
    expect(effects).toEqual(['patch crossOrganizationUserMappings 50', 'patch crossOrganizationUserMappings 10', 'patch crossOrganizationGroupMappings 1', 'createTask', 'createTask']);
  });

  it('that are missing or name somebody else make the task invalid, when they are to be checked', async () => {
    world = await openWorld();
    const id = await world.acceptSharePoint([person('ana'), person('lee'), person('zoe')], { identityMappings: { users: [mapping('ana'), mapping('zoe', 'other')] }, checkIdentityMappings: true });
    await world.engine.settle();
    const tasks = await world.tasks(id);
    expect(await outcomes(id)).toEqual(['succeeded', 'invalid', 'invalid']);
    expect(['lee', 'zoe'].map((name) => named(tasks, `${name}@contoso.com`)?.services[0]?.errors[0]?.code)).toEqual(['MnAIdentityMapEntryDoesNotExistsForSourceUPN', 'MnAIdentityMapEntryDoesNotMatchRequest']);
    expect(await created()).toBe(1);
  });

  it('that were taken and do not show are waited for, and not for ever', async () => {
    let isLosing = true;
    // Graph answers well and forgets.
    const before: Interference['before'] = (request) => Promise.resolve(isLosing && request.method === 'PATCH' ? Response.json({ value: [] }) : undefined);
    world = await openWorld({ interference: { before } });
    const identityMappings = { users: [mapping('ana')], groups: [group] };
    const lostFor = await world.acceptSharePoint([site('a')], { identityMappings });
    await world.engine.settle();
    expect(await world.migration(lostFor)).toMatchObject({ phase: 'failed', message: expect.stringContaining('cannot be read back') as string });
    expect(await created()).toBe(0);
    const late = await world.acceptSharePoint([site('a')], { identityMappings, name: 'late' });
    await until(world.clock.now() + 120_000);
    isLosing = false;
    await world.engine.settle();
    expect((await world.migration(late)).phase).toBe('completed');
  });

  it('that cannot be written end the migration with the reason', async () => {
    world = await openWorld({ interference: { before: (request) => Promise.resolve(request.method === 'PATCH' ? Response.json({ error: { code: 'accessDenied', message: 'm' } }, { status: 403 }) : undefined) } });
    const id = await world.acceptSharePoint([site('a')], { identityMappings: { users: [mapping('ana')] } });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({ phase: 'failed', message: expect.stringContaining('identity mappings: status 403 (accessDenied)') as string });
    expect(await created()).toBe(0);
  });
});

describe('crashes and faults of storage', { timeout: 180_000 }, () => {
  /** Lets a call take effect and loses its answer, every other time. */
  const flaky = <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>): ((...args: Args) => Promise<Result>) => {
    let calls = 0;
    return async (...args) => {
      const result = await call(...args);
      calls += 1;
      if (calls % 2 === 1) throw new Error('the answer was lost');
      return result;
    };
  };

  it('that take effect unseen create nothing twice and keep no place', async () => {
    world = await openWorld({
      maxQueuedMoves: 2,
      wrap: (services) => {
        const { slots, tasks, batches } = services.stores;
        return {
          ...services,
          stores: {
            ...services.stores,
            slots: { ...slots, hold: flaky((...args: Parameters<typeof slots.hold>) => slots.hold(...args)), release: flaky((...args: Parameters<typeof slots.release>) => slots.release(...args)) },
            tasks: { ...tasks, save: flaky((...args: Parameters<typeof tasks.save>) => tasks.save(...args)) },
            batches: { ...batches, update: flaky((...args: Parameters<typeof batches.update>) => batches.update(...args)) },
          },
        };
      },
    });
    const id = await world.acceptSharePoint([site('a'), person('lee'), byId(3)]);
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 3 });
    expect(await created()).toBe(3);
    expect(await world.stores.slots.count()).toBe(0);
  });

  it('that last for hours end nothing', async () => {
    let isDown = false;
    world = await openWorld({
      wrap: (services) => ({
        ...services,
        stores: { ...services.stores, tasks: { ...services.stores.tasks, get: (...args) => (isDown ? Promise.reject(new Error('storage is out of reach')) : services.stores.tasks.get(...args)) } },
      }),
    });
    const id = await world.acceptSharePoint([site('a')]);
    await until(start + 600_000);
    isDown = true;
    await until(start + 2 * day);
    isDown = false;
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded']);
    expect(await created()).toBe(1);
  });

  it('end a task that somebody ended from outside, and give back its place', async () => {
    world = await openWorld();
    const id = await world.acceptSharePoint([site('a'), site('b')]);
    await until(start + 600_000);
    const number = (await world.tasks(id)).findIndex(({ source }) => source?.endsWith('a')) + 1;
    await world.engine.call('POST', `instances/${id}-b001-t${String(number)}/terminate?reason=mistake`);
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['failed', 'succeeded']);
    expect(named(await world.tasks(id), 'a')?.services.at(-1)?.errors[0]?.code).toBe('BatchFailed');
    expect(await world.stores.slots.count()).toBe(0);
  });
});
