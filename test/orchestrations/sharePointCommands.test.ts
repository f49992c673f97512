import { afterEach, describe, expect, it } from 'vitest';
import type { Interference } from '../../local/graph-emulator/index.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { byId, createdIn, lost, named, outcomesOf, person, site } from './sharePointSamples.ts';
import { openWorld, startMs, user, type World } from './world.ts';
import { day, inDays, until } from './worldSteps.ts';

let world: World;
afterEach(() => world.close());

const outcomes = (id: string): Promise<(string | null)[]> => outcomesOf(world, id);
const created = (): Promise<number> => createdIn(world);

describe('commands', { timeout: 180_000 }, () => {
  const later = { preferredStartDateTime: inDays(4) };

  it('cancel one task before it starts, and leave the others alone', async () => {
    world = await openWorld();
    const id = await world.acceptSharePoint([site('a', later), site('b', later), site('c', later)]);
    await until(world, startMs + day);
    const b = named(await world.tasks(id), 'b')?.taskId ?? '';
    await world.ask(id, 'cancelTask', { taskId: b });
    await until(world, startMs + day + 3_600_000);
    expect(await world.answers(id)).toEqual(['cancelTask applied']);
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded', 'cancelled', 'succeeded']);
    expect(
      (await world.log()).filter(({ effect }) => effect?.startsWith('cancelTask') === true),
    ).toHaveLength(1);
  });

  it('cancel what has not started, and say how much goes on', async () => {
    world = await openWorld({
      maxQueuedMoves: 2,
      scenario: {
        sharePoint: {
          sources: [{ source: 'sites/a', stuckIn: 'inProgress', stuckSeconds: 86_400 }],
        },
      },
    });
    const id = await world.acceptSharePoint([site('a'), site('b', later), site('c')]);
    await until(world, startMs + 4 * 3_600_000);
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded', 'cancelled', 'cancelled']);
    const [answer] = (await world.stores.commands.readLog(id)).results;
    expect(answer).toMatchObject({
      verdict: 'partlyApplied',
      detail: '2 cancelled, 1 had started and continue',
    });
    expect(await world.answers(id)).toEqual(['cancel partlyApplied']);
    expect(await created()).toBe(2);
    expect(await world.stores.quota.count()).toBe(0);
  });

  it('do not forget a task whose create got through before its host died', async () => {
    let creates = 0;
    let asked: Promise<unknown> | undefined;
    world = await openWorld({
      // Graph documents no look-up by a user's object id.
      interference: {
        before: (request) =>
          Promise.resolve(
            request.method === 'GET' && request.url.includes('sourcePrincipalName')
              ? Response.json({ error: { code: 'NotFound', message: 'm' } }, { status: 404 })
              : undefined,
          ),
      },
      wrap: ({ sharePoint, ...services }) => {
        if (sharePoint === undefined) return services;
        const createTask: typeof sharePoint.createTask = async (parameters) => {
          creates += 1;
          const answer = await sharePoint.createTask(parameters);
          if (creates > 1) return answer;
          asked = world.ask(id, 'cancel');
          throw new Error('the host died');
        };
        return { ...services, sharePoint: { ...sharePoint, createTask } };
      },
    });
    const id = await world.acceptSharePoint([byId(1)]);
    await world.engine.settle();
    await asked;
    expect(await created()).toBe(1);
    // Graph itself has to end it.
    expect(
      (await world.log()).filter(({ effect }) => effect?.startsWith('cancelTask') === true),
    ).toHaveLength(1);
    expect(await outcomes(id)).toEqual(['cancelled']);
    expect(await world.answers(id)).toEqual(['cancel applied']);
  });

  it('that come when everything has started are too late', async () => {
    world = await openWorld({
      scenario: {
        sharePoint: {
          timings: { queue: { min: 60, max: 60 }, migration: { min: 86_400, max: 86_400 } },
        },
      },
    });
    const id = await world.acceptSharePoint([site('a')]);
    await until(world, startMs + 3 * 3_600_000);
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded']);
    expect(await world.answers(id)).toEqual(['cancel tooLate']);
  });

  it('pause, so that nothing new is created, and resume', async () => {
    world = await openWorld({ maxQueuedMoves: 1 });
    const id = await world.acceptSharePoint([site('a'), site('b')]);
    await until(world, startMs + 1_800_000);
    await world.ask(id, 'pause');
    await until(world, startMs + 2 * day);
    expect(await created()).toBe(1);
    await world.ask(id, 'resume');
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 2 });
  });

  it('reschedule what has not been created, and say what has', async () => {
    world = await openWorld({ maxQueuedMoves: 1 });
    const id = await world.acceptSharePoint([site('a'), site('b')]);
    await until(world, startMs + 1_800_000);
    await world.ask(id, 'reschedule', { completeAfterDateTime: inDays(6) });
    await until(world, startMs + 2 * day);
    expect((await outcomes(id)).toSorted()).toEqual(['succeeded', null].toSorted());
    const [answer] = (await world.stores.commands.readLog(id)).results;
    expect(answer).toMatchObject({
      verdict: 'partlyApplied',
      detail: '1 will not start before the new date, 1 were created before and do not change',
    });
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded', 'succeeded']);
    expect(world.clock.now()).toBeGreaterThan(startMs + 6 * day);
  });

  it('retry what failed, as a fresh task', async () => {
    world = await openWorld({
      scenario: {
        sharePoint: {
          sources: [
            { source: 'sites/a$', failed: { code: 'MnAMoveJobCreationFailed' }, failedTimes: 1 },
          ],
        },
      },
    });
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
      const id = await world.acceptSharePoint([site('a'), site('b'), site('c', later)], {
        validateFirst: true,
      });
      for (let step = 0; step < steps; step += 1) {
        await world.engine.host.idle();
        world.clock.step();
      }
      await world.ask(id, 'cancel');
      await world.engine.settle();
      const { counts } = await world.migration(id);
      const [answer] = (await world.stores.commands.readLog(id)).results;
      const what = `after ${String(steps)} steps: ${JSON.stringify(answer)}, ${JSON.stringify(counts)}`;
      const expected =
        counts.cancelled === 3
          ? 'applied'
          : counts.cancelled > 0
            ? ['applied', 'partlyApplied']
            : 'tooLate';
      expect(counts.pending, what).toBe(0);
      expect([expected].flat(), what).toContain(answer?.verdict);
      expect(await world.stores.quota.count(), what).toBe(0);
      await world.close();
    }
    world = await openWorld();
  });
});

describe('a cancel right after a create whose answer was lost', { timeout: 120_000 }, () => {
  it.each([0, 3_600])(
    'cancels the task that is there, also when nobody sees it for %i seconds',
    async (unseenSeconds) => {
      const losing = lost(1);
      const before: Interference['before'] = (request) => {
        const isLookUp = request.method === 'GET' && request.url.includes('getBySource');
        return Promise.resolve(
          isLookUp && world.clock.now() < startMs + unseenSeconds * 1000
            ? new Response(null, { status: 404 })
            : undefined,
        );
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
      expect(
        (await world.log()).filter(({ effect }) => effect?.startsWith('cancelTask') === true),
      ).toHaveLength(1);
    },
  );
});

describe('a command that gets no result', { timeout: 120_000 }, () => {
  const forbidden = () =>
    Response.json({ error: { code: 'Forbidden', message: 'm' } }, { status: 403 });
  const minute = 60_000;

  it.each([429, 503, 504])(
    'is not sent again inside the wait that Graph has asked for with %i, while the task is out of sight',
    async (status) => {
      const sent: number[] = [];
      const before: Interference['before'] = (request) => {
        const { pathname } = new URL(request.url);
        const isCancel = pathname.endsWith('/cancel');
        if (isCancel) sent.push((world.clock.now() - startMs) / minute);
        if (isCancel && sent.length < 3)
          return Promise.resolve(
            new Response(null, { status, headers: { 'retry-after': '2400' } }),
          );
        const isRead =
          request.method === 'GET' &&
          pathname.includes('MigrationTasks') &&
          world.clock.now() >= startMs + 30 * minute &&
          sent.length < 3;
        return Promise.resolve(isRead ? forbidden() : undefined);
      };
      world = await openWorld({ interference: { before } });
      const id = await world.acceptSharePoint([site('a', { preferredStartDateTime: inDays(3) })]);
      await until(world, startMs + 3 * 60 * minute);
      await world.ask(id, 'cancel');
      await world.engine.settle();
      expect(sent).toHaveLength(3);
      const gaps = sent.slice(1).map((at, index) => at - (sent[index] ?? 0));
      for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(40);
      expect(await outcomes(id)).toEqual(['cancelled']);
    },
  );

  it('costs Graph a bounded number of calls, however many tasks of the batch try it', async () => {
    const calls = new Map<number, number>();
    const before: Interference['before'] = async (request) => {
      const hour = Math.floor((world.clock.now() - startMs) / 3_600_000);
      calls.set(hour, (calls.get(hour) ?? 0) + 1);
      // Whether the first task was created is not known for hours: no create is answered, and the source shows none.
      const isCreate =
        request.method === 'POST' &&
        new URL(request.url).pathname.endsWith('MigrationTasks') &&
        (await request.clone().text()).includes('sites/stuck');
      return isCreate ? new Response(null, { status: 503 }) : undefined;
    };
    world = await openWorld({
      interference: { before },
      scenario: {
        sharePoint: {
          sources: [{ source: 'sites/', stuckIn: 'inProgress', stuckSeconds: 2 * 86_400 }],
        },
      },
    });
    const id = await world.acceptSharePoint([
      site('stuck'),
      ...Array.from({ length: 12 }, (_, n) => site(`go${String(n)}`)),
    ]);
    await until(world, startMs + 60_000);
    await world.ask(id, 'cancelTask', {
      taskId: named(await world.tasks(id), 'stuck')?.taskId ?? '',
    });
    await until(world, startMs + 10 * 3_600_000);
    // Thirteen tasks with a status check every five minutes, later every fifteen, and the command beside it.
    expect(calls.get(0) ?? 0).toBeLessThan(13 * 12 + 100);
    expect(calls.get(5) ?? 0).toBeLessThan(13 * 4 + 50);
  });
});

describe('identity mappings', { timeout: 120_000 }, () => {
  const mapping = (name: string, target = name) => ({
    sourceUserIdentity: { userPrincipalName: `${name}@contoso.com` },
    targetUserIdentity: { userPrincipalName: `${target}@fabrico.com` },
  });
  const group = {
    sourceGroupIdentity: { id: user(1) },
    targetGroupIdentity: { id: user(2) },
    targetGroupMigrationData: { mailNickname: 'target-group' },
  };

  it('of the request are in the map before anything is created', async () => {
    world = await openWorld({
      scenario: { sharePoint: { switches: { demandIdentityMap: true } } },
    });
    const users = Array.from({ length: 60 }, (_, n) => mapping(`user${String(n)}`));
    const id = await world.acceptSharePoint([person('user0'), person('user59')], {
      identityMappings: { users, groups: [group] },
      checkIdentityMappings: true,
    });
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded', 'succeeded']);
    const effects = (await world.log()).flatMap(({ effect }) =>
      effect === null ? [] : [effect.replace(/ [0-9a-f-]{36}$/, '')],
    );
    expect(effects).toEqual([
      'patch crossOrganizationUserMappings 50',
      'patch crossOrganizationUserMappings 10',
      'patch crossOrganizationGroupMappings 1',
      'createTask',
      'createTask',
    ]);
  });

  it('that are missing or name somebody else make the task invalid, when they are to be checked', async () => {
    world = await openWorld();
    const id = await world.acceptSharePoint([person('ana'), person('lee'), person('zoe')], {
      identityMappings: { users: [mapping('ana'), mapping('zoe', 'other')] },
      checkIdentityMappings: true,
    });
    await world.engine.settle();
    const tasks = await world.tasks(id);
    expect(await outcomes(id)).toEqual(['succeeded', 'invalid', 'invalid']);
    expect(
      ['lee', 'zoe'].map(
        (name) => named(tasks, `${name}@contoso.com`)?.services[0]?.errors[0]?.code,
      ),
    ).toEqual([
      'MnAIdentityMapEntryDoesNotExistsForSourceUPN',
      'MnAIdentityMapEntryDoesNotMatchRequest',
    ]);
    expect(await created()).toBe(1);
  });

  it('that were taken and do not show are waited for, and not for ever', async () => {
    let isLosing = true;
    // Graph answers well and forgets.
    const before: Interference['before'] = (request) =>
      Promise.resolve(
        isLosing && request.method === 'PATCH' ? Response.json({ value: [] }) : undefined,
      );
    world = await openWorld({ interference: { before } });
    const identityMappings = { users: [mapping('ana')], groups: [group] };
    const lostFor = await world.acceptSharePoint([site('a')], { identityMappings });
    await world.engine.settle();
    expect(await world.migration(lostFor)).toMatchObject({
      phase: 'failed',
      message: expect.stringContaining('cannot be read back') as string,
    });
    expect(await created()).toBe(0);
    const late = await world.acceptSharePoint([site('a')], { identityMappings, name: 'late' });
    await until(world, world.clock.now() + 120_000);
    isLosing = false;
    await world.engine.settle();
    expect((await world.migration(late)).phase).toBe('completed');
  });

  it('that Graph refuses for what they say end the migration with the reason', async () => {
    world = await openWorld({
      interference: {
        before: (request) =>
          Promise.resolve(
            request.method === 'PATCH'
              ? Response.json({ error: { code: 'invalidRequest', message: 'm' } }, { status: 400 })
              : undefined,
          ),
      },
    });
    const id = await world.acceptSharePoint([site('a')], {
      identityMappings: { users: [mapping('ana')] },
    });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'failed',
      message: expect.stringContaining('identity mappings: status 400 (invalidRequest)') as string,
    });
    expect(await created()).toBe(0);
  });
});

describe('crashes and faults of storage', { timeout: 180_000 }, () => {
  /** Lets a call take effect and loses its answer, every other time. */
  const flaky = <Args extends unknown[], Result>(
    call: (...args: Args) => Promise<Result>,
  ): ((...args: Args) => Promise<Result>) => {
    let calls = 0;
    return async (...args) => {
      const result = await call(...args);
      calls += 1;
      if (calls % 2 === 1) throw new Error('the answer was lost');
      return result;
    };
  };

  it('that take effect unseen create nothing twice and hold no quota', async () => {
    world = await openWorld({
      maxQueuedMoves: 2,
      wrap: (services) => {
        const { quota, tasks, batches } = services.stores;
        return {
          ...services,
          stores: {
            ...services.stores,
            quota: {
              ...quota,
              hold: flaky((...args: Parameters<typeof quota.hold>) => quota.hold(...args)),
              release: flaky((...args: Parameters<typeof quota.release>) => quota.release(...args)),
            },
            tasks: {
              ...tasks,
              save: flaky((...args: Parameters<typeof tasks.save>) => tasks.save(...args)),
            },
            batches: {
              ...batches,
              update: flaky((...args: Parameters<typeof batches.update>) =>
                batches.update(...args),
              ),
            },
          },
        };
      },
    });
    const id = await world.acceptSharePoint([site('a'), person('lee'), byId(3)]);
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 3 });
    expect(await created()).toBe(3);
    expect(await world.stores.quota.count()).toBe(0);
  });

  it('that last for hours end nothing', async () => {
    let isDown = false;
    world = await openWorld({
      wrap: (services) => ({
        ...services,
        stores: {
          ...services.stores,
          tasks: {
            ...services.stores.tasks,
            get: (...args) =>
              isDown
                ? Promise.reject(new Error('storage is out of reach'))
                : services.stores.tasks.get(...args),
          },
        },
      }),
    });
    const id = await world.acceptSharePoint([site('a')]);
    await until(world, startMs + 600_000);
    isDown = true;
    await until(world, startMs + 2 * day);
    isDown = false;
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded']);
    expect(await created()).toBe(1);
  });

  it('end no task whose orchestration somebody ended from outside', async () => {
    world = await openWorld();
    const id = await world.acceptSharePoint([site('a'), site('b')]);
    await until(world, startMs + 600_000);
    const number = (await world.tasks(id)).findIndex(({ source }) => source?.endsWith('a')) + 1;
    await world.engine.call(
      'POST',
      `instances/${id}-b001-t${String(number)}/terminate?reason=mistake`,
    );
    await world.engine.settle();
    expect(await outcomes(id)).toEqual(['succeeded', 'succeeded']);
    expect(await created()).toBe(2);
    expect(await world.stores.quota.count()).toBe(0);
    // Neither had another orchestration than the one that goes on with it.
    expect((await world.stores.batches.list(id)).map(({ restarts }) => restarts)).toEqual([1]);
  });
});
