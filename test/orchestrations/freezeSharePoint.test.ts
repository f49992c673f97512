import { afterEach, describe, expect, it } from 'vitest';
import { freeze, freezeAfter, unfreeze } from './freezes.ts';
import { createdIn, lost, outcomesOf, person, site } from './sharePointSamples.ts';
import { openWorld, startMs, type World } from './world.ts';
import { after, day, hour, inDays, minute, until } from './worldSteps.ts';

let world: World;
afterEach(() => world.close());

const rowOf = async (id: string) => (await world.stores.batches.list(id))[0];

describe('a freeze of SharePoint tasks', () => {
  const writes = async (): Promise<readonly string[]> =>
    (await world.log())
      .filter(({ method, status }) => method !== 'GET' && status < 400)
      .map(({ method }) => method);

  it('creates nothing and writes no identity mapping, and lets them go on soon after it is lifted', async () => {
    world = await openWorld();
    await freeze(world);
    const identityMappings = {
      users: [
        {
          sourceUserIdentity: { userPrincipalName: 'ana@contoso.com' },
          targetUserIdentity: { userPrincipalName: 'ana@fabrico.com' },
        },
      ],
      groups: [],
    };
    const id = await world.acceptSharePoint([site('a'), person('ana')], { identityMappings });
    const other = await world.acceptSharePoint([site('b')], { name: 'others' });
    await until(world, startMs + day);
    expect(await writes()).toEqual([]);
    expect((await rowOf(other))?.message).toContain('waits because of the freeze');
    await unfreeze(world);
    await after(world, 15 * minute);
    expect(await createdIn(world)).toBe(3);
    expect((await rowOf(other))?.message).toBeNull();
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded', 'succeeded']);
  });

  it.each<[string, () => Parameters<typeof openWorld>[0]]>([
    [
      'its checkpoint',
      () => ({
        onInvoked: freezeAfter(
          () => world,
          'readCheckpoint',
          (answer, input) => answer.includes('"go"') && input.includes('"stage":"migrate"'),
        ),
      }),
    ],
    [
      'its take of quota',
      () => ({
        onInvoked: freezeAfter(
          () => world,
          'takeQuota',
          (answer) => answer.includes('"done"'),
        ),
      }),
    ],
    [
      'the look-up of its source',
      () => {
        let asked: Promise<unknown> | undefined;
        return {
          interference: {
            before: async (request) => {
              if (request.url.includes('getBySource')) await (asked ??= freeze(world));
              return undefined;
            },
          },
        };
      },
    ],
  ])(
    'holds a task that was past %s, releases its quota and handles a cancel',
    async (_, options) => {
      world = await openWorld(options());
      const id = await world.acceptSharePoint([site('a')]);
      const other = await world.acceptSharePoint([site('b')], { name: 'others' });
      await until(world, startMs + day);
      expect(await createdIn(world)).toBeLessThan(2);
      expect(await world.stores.quota.count()).toBe(0);
      const waiting =
        (await createdIn(world)) === 0
          ? [id, other]
          : (await world.migration(id)).phase === 'running'
            ? [id]
            : [other];
      const [first = '', ...others] = waiting;
      expect((await rowOf(first))?.message).toContain('waits because of the freeze');
      await world.ask(first, 'cancel');
      await after(world, hour);
      expect(await outcomesOf(world, first)).toEqual(['cancelled']);
      expect((await rowOf(first))?.message ?? '').not.toContain('freeze');
      await unfreeze(world);
      await world.engine.settle();
      for (const one of others) expect(await outcomesOf(world, one)).toEqual(['succeeded']);
    },
  );

  it('does not repeat a create without a response: adopts the task if it was created, and returns to the queue if not', async () => {
    let asked: Promise<unknown> | undefined;
    const takesEffect = lost(1);
    let creates = 0;
    world = await openWorld({
      interference: {
        // The first create takes effect and the second does not; nobody hears an answer to either.
        before: (request) => {
          if (
            request.method !== 'POST' ||
            !request.url.endsWith('/crossOrganizationMigrationTasks')
          )
            return Promise.resolve(undefined);
          creates += 1;
          asked ??= freeze(world);
          return creates === 2
            ? Promise.reject(new Error('the connection was reset'))
            : Promise.resolve(undefined);
        },
        ...takesEffect,
      },
    });
    const ids = [
      await world.acceptSharePoint([site('a')]),
      await world.acceptSharePoint([site('b')], { name: 'others' }),
    ];
    await until(world, startMs + 2 * day);
    await asked;
    const sent = creates;
    expect(await createdIn(world)).toBe(1);
    const phases = await Promise.all(ids.map(async (id) => (await world.migration(id)).phase));
    expect(phases).toContain('completed');
    const remaining = ids[phases.indexOf('running')] ?? '';
    if (sent === 2) {
      expect((await rowOf(remaining))?.message).toContain('waits because of the freeze');
      expect(await world.stores.quota.count()).toBe(0);
    }
    await unfreeze(world);
    await world.engine.settle();
    expect(await createdIn(world)).toBe(2);
    for (const id of ids) expect(await outcomesOf(world, id)).toEqual(['succeeded']);
  });

  it('cancels and watches what Graph has', async () => {
    world = await openWorld();
    const later = { preferredStartDateTime: inDays(4) };
    const id = await world.acceptSharePoint([site('a', later), site('b', later)]);
    await until(world, startMs + day);
    await freeze(world);
    const b = (await world.tasks(id)).find(({ source }) => source?.endsWith('b'))?.taskId ?? '';
    await world.ask(id, 'cancelTask', { taskId: b });
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded', 'cancelled']);
    expect(await world.answers(id)).toEqual(['cancelTask applied']);
  });
});
