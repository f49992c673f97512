import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Interference } from '../../local/graph-emulator/index.ts';
import { outcomeMessageSchema } from '../../shared/contracts/outcomeEvent.ts';
import type { SharePointRequest } from '../../shared/contracts/request.ts';
import { sharePointParametersSchema } from '../../shared/contracts/sharePointParameters.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import {
  byId,
  createdIn,
  createsIn,
  lost,
  named,
  outcomesOf,
  person,
  site,
} from './sharePointSamples.ts';
import { openWorld, startMs, type World } from './world.ts';
import { day, inDays, until } from './worldSteps.ts';

let world: World;
afterEach(() => world.close());

const outcomes = (id: string): Promise<(string | null)[]> => outcomesOf(world, id);
const creates = (): Promise<readonly number[]> => createsIn(world);
const created = (): Promise<number> => createdIn(world);
const parametersOf = (parameters: object) => sharePointParametersSchema.parse(parameters);

describe('a SharePoint migration', { timeout: 120_000 }, () => {
  it('takes each of the seven examples to its outcome', async () => {
    world = await openWorld();
    const folder = new URL('../../examples/sharepoint/', import.meta.url);
    const ended: Record<string, unknown> = {};
    for (const file of readdirSync(folder).sort()) {
      const { name, tasks } = JSON.parse(
        readFileSync(new URL(file, folder), 'utf8'),
      ) as SharePointRequest;
      // Some of the examples move the same source to the same place.
      const id = await world.acceptSharePoint(tasks, { name, moveAgain: true });
      await world.engine.settle();
      const { phase, kind, batchCount } = await world.migration(id);
      const [task] = await world.tasks(id);
      expect(task?.parameters).toEqual(tasks[0]);
      expect([kind, batchCount]).toEqual(['sharePoint', 1]);
      ended[name] = [
        phase,
        task?.outcome,
        task?.source,
        task?.services.map(({ service, status }) => `${service} ${status}`),
      ];
    }
    const moved = (source: string) => ['completed', 'succeeded', source, ['SharePoint completed']];
    expect(ended).toEqual({
      'sharepoint-1-user-by-name': moved('source-user@contoso.onmicrosoft.com'),
      'sharepoint-2-user-by-id': moved('da157a29-f793-4dd6-9c73-41d2c73c2546'),
      'sharepoint-3-user-with-data-location': moved('da157a29-f793-4dd6-9c73-41d2c73c2546'),
      'sharepoint-4-site': moved('https://contoso.sharepoint.com/sites/IT'),
      'sharepoint-5-group': moved('source-group'),
      'sharepoint-6-user-with-start': moved('source-user@contoso.onmicrosoft.com'),
      'sharepoint-7-user-validate-only': [
        'completed',
        'validated',
        'source-user@contoso.onmicrosoft.com',
        ['SharePoint valid'],
      ],
    });
    expect(await created()).toBe(6);
    const events = world.stores.sent.map((event) => outcomeMessageSchema.parse(event).type);
    expect(events.filter((type) => type === 'tenant-ferry.migration.finished')).toHaveLength(7);
    expect(await world.stores.quota.count()).toBe(0);
  });

  it('validates first when asked, records who is invalid, and creates only the others', async () => {
    world = await openWorld({
      scenario: {
        sharePoint: {
          sources: [
            { source: 'sites/bad$', invalid: { code: 'MnASiteMoveTargetUrlHasWriteConflict' } },
          ],
        },
      },
    });
    const id = await world.acceptSharePoint([site('bad'), site('good')], { validateFirst: true });
    await world.engine.settle();
    const tasks = await world.tasks(id);
    expect(named(tasks, 'bad')).toMatchObject({
      outcome: 'invalid',
      jobId: null,
      services: [{ status: 'invalid', errors: [{ code: 'MnASiteMoveTargetUrlHasWriteConflict' }] }],
    });
    expect(named(tasks, 'good')).toMatchObject({
      outcome: 'succeeded',
      validation: [{ service: 'SharePoint', status: 'valid' }],
    });
    expect(await world.migration(id)).toMatchObject({
      phase: 'completedWithErrors',
      counts: { ...noCounts, succeeded: 1, invalid: 1 },
    });
    expect(await created()).toBe(1);
  });

  it('takes a validation that fails with 200 for the same', async () => {
    world = await openWorld({
      scenario: {
        sharePoint: {
          switches: { failedValidationReturnsOk: true },
          sources: [
            { source: 'sites/bad$', invalid: { code: 'MnASiteMoveTargetUrlHasWriteConflict' } },
          ],
        },
      },
    });
    const id = await world.acceptSharePoint([site('bad'), site('good')], { validateOnly: true });
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, validated: 1, invalid: 1 });
    expect(named(await world.tasks(id), 'bad')?.services[0]?.errors[0]?.code).toBe(
      'MnASiteMoveTargetUrlHasWriteConflict',
    );
    expect(await created()).toBe(0);
  });

  it('does not create what somebody must approve before, and asks once', async () => {
    world = await openWorld({ batchSize: 1 });
    const id = await world.acceptSharePoint([site('a'), site('b')], {
      validateFirst: true,
      requestedBy: 'lee@fabrikam.com',
      approval: { required: true },
    });
    await until(world, startMs + day);
    expect(await created()).toBe(0);
    expect(world.stores.sent.map((event) => outcomeMessageSchema.parse(event).type)).toEqual([
      'tenant-ferry.approval.requested',
    ]);
    await world.ask(id, 'approve', { by: 'ana@fabrikam.com' });
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');
    const rejected = await world.acceptSharePoint([site('c')], {
      name: 'rejected',
      requestedBy: 'lee@fabrikam.com',
      approval: { required: true },
    });
    await until(world, world.clock.now() + 3_600_000);
    await world.ask(rejected, 'reject');
    await world.engine.settle();
    expect(await world.migration(rejected)).toMatchObject({
      phase: 'cancelled',
      counts: { ...noCounts, cancelled: 1 },
    });
    expect(await created()).toBe(2);
  });
});

describe('a create', { timeout: 120_000 }, () => {
  it.each([
    ['site', site('a')],
    ['user', person('lee')],
    ['user by id', byId(1)],
  ])('of a %s whose answer is lost leads to exactly one task', async (_, parameters) => {
    world = await openWorld({
      interference: lost(2),
      scenario: { sharePoint: { switches: { refuseRepeatedCreate: true } } },
    });
    const id = await world.acceptSharePoint([parameters]);
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded']);
    expect(await creates()).toHaveLength(1);
    expect(await created()).toBe(1);
  });

  it.each([
    ['shown at last', 4],
    ['gone after a day of 404', 30],
  ])(
    'that Graph says to have taken, and does not show, is not repeated: %s',
    async (_, hiddenHours) => {
      const lose = lost(1);
      const isRead = (request: Request): boolean =>
        request.method === 'GET' && request.url.includes('crossOrganizationMigrationTasks');
      world = await openWorld({
        interference: {
          ...lose,
          before: (request) =>
            Promise.resolve(
              isRead(request) && world.clock.now() < startMs + hiddenHours * 3_600_000
                ? Response.json({ error: { code: 'itemNotFound', message: 'm' } }, { status: 404 })
                : undefined,
            ),
        },
        scenario: { sharePoint: { switches: { refuseRepeatedCreate: true } } },
      });
      const id = await world.acceptSharePoint([site('a')]);
      await world.engine.settle(() => world.clock.now() >= startMs + (hiddenHours - 1) * 3_600_000);
      expect(await outcomes(id)).toEqual([hiddenHours > 24 ? 'unknown' : null]);
      await world.engine.settle();
      expect(await outcomes(id)).toEqual(['succeeded']);
      expect(await created()).toBe(1);
    },
  );

  it('adopts a task that moves the same source to the same target, and none with another target', async () => {
    world = await openWorld({
      scenario: {
        sharePoint: {
          sources: [{ source: 'sites/', stuckIn: 'notStarted', stuckSeconds: 3 * 86_400 }],
        },
      },
    });
    // Somebody else has created them.
    for (const name of ['a', 'b'])
      expect((await world.services.sharePoint?.createTask(parametersOf(site(name))))?.kind).toBe(
        'done',
      );
    const same = await world.acceptSharePoint(
      [
        site('A', { targetSiteUrl: 'https://fabrico.sharepoint.com/sites/a/' }),
        site('b', { targetSiteUrl: 'https://fabrico.sharepoint.com/sites/other' }),
      ],
      { name: 'same' },
    );
    await world.engine.settle();
    const tasks = await world.tasks(same);
    expect(named(tasks, 'A')).toMatchObject({ outcome: 'succeeded' });
    expect(named(tasks, 'b')).toMatchObject({
      outcome: 'failed',
      services: [{ errors: [{ code: 'MnASiteMoveIsInprogressOrFinished' }] }],
    });
    expect(await created()).toBe(2);
  });

  it('that Graph refuses is never repeated: 501 for tenants on one farm', async () => {
    world = await openWorld({ scenario: { sharePoint: { switches: { sameFarm: true } } } });
    const id = await world.acceptSharePoint([site('a')]);
    await world.engine.settle();
    expect(await creates()).toEqual([501]);
    expect((await world.tasks(id))[0]).toMatchObject({
      outcome: 'failed',
      services: [{ status: 'failed', errors: [{ code: 'MnAPartnersOnTheSameFarm' }] }],
    });
    expect(await world.stores.quota.count()).toBe(0);
  });

  it('that Graph refuses with 422 fails with the code of its cause', async () => {
    world = await openWorld({
      scenario: { sharePoint: { sources: [{ source: '^lee@', refused: 'noOneDrive' }] } },
    });
    const id = await world.acceptSharePoint([person('lee'), person('ana')]);
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded', 'failed']);
    expect(named(await world.tasks(id), 'lee@contoso.com')?.services[0]?.errors[0]?.code).toBe(
      'MnAOdbFailedToGetUrlForSourceUPN',
    );
    expect((await creates()).toSorted()).toEqual([200, 422]);
  });
});

describe('the queue of moves', { timeout: 180_000 }, () => {
  it('never holds more than its limit, over all migrations', async () => {
    world = await openWorld({
      maxQueuedMoves: 3,
      batchSize: 2,
      scenario: { sharePoint: { switches: { maxQueuedMoves: 3 } } },
    });
    const first = await world.acceptSharePoint(['a', 'b', 'c', 'd'].map((name) => site(name)));
    const second = await world.acceptSharePoint(
      ['e', 'f', 'g', 'h'].map((name) => site(name)),
      { name: 'more' },
    );
    let most = 0;
    for (;;) {
      await world.engine.host.idle();
      most = Math.max(most, await world.stores.quota.count());
      if (!world.clock.step()) break;
    }
    expect(most).toBe(3);
    expect([
      (await world.migration(first)).counts.succeeded,
      (await world.migration(second)).counts.succeeded,
    ]).toEqual([4, 4]);
    expect(await creates()).toEqual(Array<number>(8).fill(200));
    expect(await world.stores.quota.count()).toBe(0);
  });

  it.each([422, 429, 503, 507] as const)(
    'that is full in Graph, which says %i, is waited for',
    async (overQueueStatus) => {
      world = await openWorld({
        scenario: { sharePoint: { switches: { maxQueuedMoves: 1, overQueueStatus } } },
      });
      const id = await world.acceptSharePoint([site('a'), site('b')]);
      await world.engine.settle();
      expect(await outcomes(id)).toEqual(['succeeded', 'succeeded']);
      expect(await created()).toBe(2);
    },
  );

  it('that is full in Graph for a month is waited for, also when a look-up is refused then', async () => {
    const refused = (status: number, code: string): Response =>
      Response.json(
        { error: { code, message: 'm' } },
        { status, headers: { 'retry-after': '43200' } },
      );
    let refusals = 1;
    const before: Interference['before'] = (request) => {
      const days = (world.clock.now() - startMs) / day;
      const isRead = request.method === 'GET';
      if (!new URL(request.url).pathname.includes('/sharePoint/'))
        return Promise.resolve(undefined);
      if (!isRead && days < 31) return Promise.resolve(refused(429, 'quotaLimitReached'));
      if (!isRead || days < 30.2 || refusals === 0) return Promise.resolve(undefined);
      refusals -= 1;
      return Promise.resolve(refused(403, 'accessDenied'));
    };
    world = await openWorld({ interference: { before } });
    const id = await world.acceptSharePoint([site('IT')]);
    await world.engine.settle();
    expect(refusals).toBe(0);
    expect(await outcomes(id)).toEqual(['succeeded']);
  });

  it('counts the OneDrives of jobs that migrate', async () => {
    world = await openWorld({ maxQueuedMoves: 4 });
    const users = await world.accept(3, {
      workloads: ['ODSP'],
      exchangeSettings: undefined,
      completeAfterDateTime: inDays(3),
    });
    await until(world, startMs + day);
    expect(await world.stores.quota.count()).toBe(3);
    const id = await world.acceptSharePoint([site('a'), site('b')]);
    await until(world, startMs + day + 600_000);
    expect(await world.stores.quota.count()).toBe(4);
    await world.engine.settle();
    expect([(await world.migration(users)).phase, (await world.migration(id)).phase]).toEqual([
      'completed',
      'completed',
    ]);
    expect(await world.stores.quota.count()).toBe(0);
  });
});

describe('a watch of a SharePoint task', { timeout: 180_000 }, () => {
  it('goes on for weeks, says when nothing moves, and hands the orchestrator no more events than at first', async () => {
    world = await openWorld({
      scenario: {
        sharePoint: {
          sources: [{ source: 'sites/slow', stuckIn: 'inProgress', stuckSeconds: 20 * 86_400 }],
        },
      },
    });
    const id = await world.acceptSharePoint([site('slow')]);
    await until(world, startMs + 10 * day);
    expect((await world.tasks(id))[0]?.services[0]).toMatchObject({
      status: 'inProgress',
      message: expect.stringContaining('no update for more than a day') as string,
    });
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded']);
    expect(world.clock.now()).toBeGreaterThan(startMs + 20 * day);
    const turns = world.engine.turns.filter(({ instanceId }) => instanceId === `${id}-b001-t1`);
    expect(turns.length).toBeGreaterThan(1_000);
    expect(Math.max(...turns.map(({ events }) => events))).toBeLessThan(20);
    expect(Math.max(...turns.slice(-30).map(({ bytes }) => bytes))).toBeLessThan(
      Math.max(...turns.slice(0, 30).map(({ bytes }) => bytes)) + 100,
    );
  });

  it('bears it when Graph is closed to the app for hours', async () => {
    let isClosed = false;
    const before: Interference['before'] = (request) =>
      Promise.resolve(
        isClosed && request.method === 'GET'
          ? Response.json({ error: { code: 'accessDenied', message: 'm' } }, { status: 403 })
          : undefined,
      );
    world = await openWorld({ interference: { before } });
    const id = await world.acceptSharePoint([site('a')]);
    await until(world, startMs + 600_000);
    isClosed = true;
    await until(world, startMs + 6 * 3_600_000);
    isClosed = false;
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded']);
  });

  it('records what the service cancelled because it had not started by its latest start', async () => {
    world = await openWorld({
      scenario: { sharePoint: { sources: [{ source: 'sites/late', stuckIn: 'notStarted' }] } },
    });
    const id = await world.acceptSharePoint([
      site('late', { preferredLatestStartDateTime: inDays(2) }),
    ]);
    await world.engine.settle();
    expect((await world.tasks(id))[0]).toMatchObject({
      outcome: 'cancelled',
      services: [{ status: 'cancelled', message: 'not started by preferredLatestStartDateTime' }],
    });
  });

  it('records why a move failed, whichever member says so', async () => {
    for (const errorsAsList of [false, true]) {
      world = await openWorld({
        scenario: {
          sharePoint: {
            switches: { errorsAsList, unpaddedMonths: true, completedSpelling: 'success' },
            sources: [{ source: 'sites/bad$', failed: { code: 'MnAMoveJobCreationFailed' } }],
          },
        },
      });
      const id = await world.acceptSharePoint([site('bad'), site('good')]);
      await world.engine.settle();
      expect(await outcomes(id)).toEqual(['failed', 'succeeded']);
      expect(
        named(await world.tasks(id), 'bad')?.services[0]?.errors.map(({ code }) => code),
      ).toEqual(['MnAMoveJobCreationFailed']);
      if (!errorsAsList) await world.close();
    }
  });
});
