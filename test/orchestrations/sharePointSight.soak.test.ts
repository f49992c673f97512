import { afterEach, describe, expect, it } from 'vitest';
import type { Interference } from '../../local/graph-emulator/index.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import { outcomeMessageSchema } from '../../shared/contracts/outcomeEvent.ts';
import { sharePointParametersSchema } from '../../shared/contracts/sharePointParameters.ts';
import {
  byId,
  createdIn,
  createsIn,
  lost,
  outcomesOf,
  person,
  site,
  tasksPath,
} from './sharePointSamples.ts';
import { openWorld, startMs, type World } from './world.ts';
import { day, hour, inDays, until } from './worldSteps.ts';

let world: World;
afterEach(() => world.close());

const batchOf = async (id: string): Promise<Batch | undefined> =>
  (await world.stores.batches.list(id))[0];
const sent = (): readonly string[] =>
  world.stores.sent.map((event) =>
    outcomeMessageSchema.parse(event).type.replace('tenant-ferry.', ''),
  );
const cancels = async (): Promise<number> =>
  (await world.log()).filter(({ path }) => path.endsWith('/cancel')).length;

/** The classes of what a read may meet, each with an answer or none. */
const refusals: readonly (readonly [string, () => Response])[] = [
  ...[400, 401, 403, 404, 408, 409, 410, 423, 425, 429, 503].map(
    (status) =>
      [
        String(status),
        () =>
          Response.json(
            { error: { code: 'refused', message: 'not for lee@contoso.com' } },
            { status, headers: { 'request-id': 'r-1' } },
          ),
      ] as const,
  ),
  [
    'a redirect',
    () => new Response(null, { status: 302, headers: { location: 'https://login.example/' } }),
  ],
  ['a page', () => new Response('<html>', { status: 200 })],
  ['a body of another shape', () => Response.json({ id: 7, status: [] })],
  [
    'a reset',
    () => {
      throw new Error('the connection was reset');
    },
  ],
];
const durations: readonly (readonly [string, number])[] = [
  ['once', 0],
  ['for an hour', hour],
  ['for a day', 26 * hour],
  ['for eight days', 8 * day],
];
/** One of each class for the long durations. */
const representative: readonly string[] = [
  '403',
  '404',
  '409',
  '410',
  '503',
  'a redirect',
  'a page',
  'a reset',
];
const cases = refusals.flatMap(([what, answer]) =>
  durations
    .filter(([, ms]) => ms <= hour || representative.includes(what))
    .map(([long, ms]) => [what, long, ms, answer] as const),
);

/** Refuses the reads that `isMeant` picks, from an instant on: one of them, or all for some time. */
function refusing(
  isMeant: (path: string) => boolean,
  fromMs: number,
  ms: number,
  answer: () => Response,
): NonNullable<Interference['before']> {
  let remaining = ms === 0 ? 1 : Infinity;
  return (request) => {
    const now = world.clock.now();
    if (
      request.method !== 'GET' ||
      !isMeant(new URL(request.url).pathname) ||
      now < fromMs ||
      (ms > 0 && now >= fromMs + ms) ||
      remaining === 0
    )
      return Promise.resolve(undefined);
    remaining -= 1;
    return new Promise((resolve) => {
      resolve(answer());
    });
  };
}

const isTask = (path: string): boolean => path.includes(`${tasksPath}/`);
const isLookUp = (path: string): boolean => path.includes('getBySource');
const isMapping = (path: string): boolean => path.includes('crossOrganizationUserMappings(');

describe('a task that Graph does not show', { timeout: 120_000 }, () => {
  it.each(cases)(
    '%s %s is not failed, is created once, and gets the outcome that Graph reports',
    async (what, _long, ms, answer) => {
      const from = startMs + 2 * hour;
      world = await openWorld({
        interference: { before: refusing(isTask, from, ms, answer) },
        scenario: {
          sharePoint: {
            sources: [{ source: 'sites/a', stuckIn: 'inProgress', stuckSeconds: 10 * 86_400 }],
          },
        },
      });
      const id = await world.acceptSharePoint([
        site('a'),
        site('b', { preferredStartDateTime: inDays(12) }),
      ]);
      if (ms > 0) {
        await until(world, from + (ms === hour ? 0.8 : 0.92) * ms);
        const batch = await batchOf(id);
        expect(batch?.delayedOperation).toMatchObject({
          operation: 'get SharePoint task',
          lastResponse: expect.not.stringContaining('lee@contoso.com') as string,
        });
        if (ms === hour) expect(await outcomesOf(world, id)).toEqual([null, null]);
        expect(batch).toMatchObject({
          finishedAt: null,
          phase: 'outOfSight',
          needsPerson: 'outOfSight',
        });
        expect(Date.parse(batch?.outOfSightAt ?? '')).toBeGreaterThanOrEqual(from);
        if (ms === 8 * day) {
          expect(batch?.counts).toMatchObject({ unknown: 2, pending: 0 });
          expect(
            (await world.tasks(id)).map(({ services }) => services[0]?.errors[0]?.code),
          ).toEqual(Array(2).fill(what === '404' ? 'JobGone' : 'OutOfSight'));
          expect(await world.stores.quota.count()).toBe(2);
        }
        const [, b] = (await world.tasks(id)).toSorted((one, other) =>
          (one.source ?? '') < (other.source ?? '') ? -1 : 1,
        );
        await world.ask(id, 'cancelTask', { taskId: b?.taskId ?? '' });
        await until(world, from + (ms === hour ? 0.95 : 0.99) * ms);
        // Graph takes it although nothing is to be seen.
        expect(await world.answers(id)).toEqual(['cancelTask applied']);
        expect(await cancels()).toBeGreaterThan(0);
      }
      await until(world, startMs + 9 * day);
      expect(await outcomesOf(world, id)).toEqual([null, ms > 0 ? 'cancelled' : null]);
      expect(await batchOf(id)).toMatchObject({
        phase: 'moving',
        needsPerson: null,
        outOfSightAt: null,
        delayedOperation: null,
        message: null,
      });
      await world.engine.settle();
      expect(await outcomesOf(world, id)).toEqual([
        'succeeded',
        ms > 0 ? 'cancelled' : 'succeeded',
      ]);
      expect(await createdIn(world)).toBe(2);
      expect(sent().filter((type) => type === 'person.needed')).toHaveLength(ms > 0 ? 1 : 0);
      const isUnknown = ms === 8 * day || (what === '404' && ms > day);
      expect([
        sent().filter((type) => type === 'outcome.unknown').length,
        sent().filter((type) => type === 'outcome.corrected').length,
      ]).toEqual(isUnknown ? [2, 2] : [0, 0]);
      expect(await world.stores.quota.count()).toBe(0);
    },
  );

  it('is shown by its source where its id is not known', async () => {
    world = await openWorld({
      interference: {
        before: refusing(
          (path) => isTask(path) && !isLookUp(path),
          startMs + 2 * hour,
          3 * day,
          () => new Response(null, { status: 404 }),
        ),
      },
      scenario: {
        sharePoint: {
          sources: [{ source: 'sites/a', stuckIn: 'inProgress', stuckSeconds: 86_400 }],
        },
      },
    });
    const id = await world.acceptSharePoint([site('a')]);
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded']);
    expect(world.clock.now()).toBeLessThan(startMs + 3 * day);
    expect(sent()).not.toContain('person.needed');
  });

  it('beside others that it shows leaves the batch as it is until it is back, and tells it once', async () => {
    let hidden = '';
    world = await openWorld({
      interference: {
        before: refusing(
          (path) => hidden !== '' && path.endsWith(hidden),
          startMs + 2 * hour,
          day,
          () => new Response(null, { status: 403 }),
        ),
      },
      scenario: {
        sharePoint: {
          sources: [{ source: 'sites/', stuckIn: 'inProgress', stuckSeconds: 5 * 86_400 }],
        },
      },
    });
    const id = await world.acceptSharePoint([site('a'), site('b'), site('c')]);
    await until(world, startMs + 2 * hour);
    hidden = (await world.tasks(id))[0]?.jobId ?? '';
    for (let hours = 3; hours <= 24; hours += 3) {
      await until(world, startMs + hours * hour);
      expect(await batchOf(id)).toMatchObject({
        phase: 'moving',
        needsPerson: 'outOfSight',
        delayedOperation: { operation: 'get SharePoint task' },
        message: expect.stringContaining('does not show 1 of the tasks') as string,
      });
    }
    await until(world, startMs + 28 * hour);
    expect(await batchOf(id)).toMatchObject({
      phase: 'moving',
      needsPerson: null,
      outOfSightAt: null,
      delayedOperation: null,
      message: null,
    });
    expect(sent().filter((type) => type === 'person.needed')).toHaveLength(1);
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  it('and that is gone is replaced when somebody retries, not before', async () => {
    world = await openWorld({
      interference: {
        before: refusing(
          (path) => isTask(path),
          startMs + 2 * hour,
          3 * day,
          () => new Response(null, { status: 404 }),
        ),
      },
      scenario: {
        sharePoint: {
          sources: [{ source: 'sites/a', stuckIn: 'notStarted', stuckSeconds: 2 * 86_400 }],
        },
      },
    });
    const id = await world.acceptSharePoint([site('a')]);
    await until(world, startMs + 2 * day);
    expect(await outcomesOf(world, id)).toEqual(['unknown']);
    expect(await createsIn(world)).toHaveLength(1);
    expect(await world.ask(id, 'retry')).toMatchObject({ kind: 'accepted' });
    await until(world, startMs + 2 * day + hour);
    // Graph answers the create with the task that it has after all.
    expect(await createsIn(world)).toHaveLength(2);
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded']);
    expect(await createdIn(world)).toBe(1);
  });

  it('and that cannot be cancelled meanwhile leaves the cancel unconfirmed until the truth is seen', async () => {
    const closed = refusing(isTask, startMs + 2 * hour, day, () =>
      Response.json({ error: { code: 'accessDenied', message: 'm' } }, { status: 403 }),
    );
    world = await openWorld({
      interference: {
        before: (request) =>
          request.url.endsWith('/cancel') && world.clock.now() < startMs + 2 * hour + day
            ? Promise.resolve(new Response(null, { status: 403 }))
            : closed(request),
      },
    });
    const id = await world.acceptSharePoint([site('a', { preferredStartDateTime: inDays(5) })]);
    await until(world, startMs + 3 * hour);
    await world.ask(id, 'cancel');
    await until(world, startMs + 12 * hour);
    expect(await world.answers(id)).toEqual(['cancel unconfirmed']);
    expect(await cancels()).toBeGreaterThan(5);
    await world.engine.settle();
    expect(await world.answers(id)).toEqual(['cancel applied']);
    expect(await outcomesOf(world, id)).toEqual(['cancelled']);
    // Nobody holds the source any more.
    expect(
      (await world.stores.users.find([`source:${(await world.tasks(id))[0]?.taskId ?? ''}`])).size,
    ).toBe(0);
  });

  it('for good is looked for until 30 days after its start, keeps its source reserved as long, and ends as unknown', async () => {
    world = await openWorld({
      interference: {
        before: refusing(
          isTask,
          startMs + 2 * hour,
          100 * day,
          () => new Response(null, { status: 403 }),
        ),
      },
      scenario: {
        sharePoint: {
          sources: [{ source: 'sites/a', stuckIn: 'inProgress', stuckSeconds: 86_400 }],
        },
      },
    });
    const id = await world.acceptSharePoint([site('a')]);
    await until(world, startMs + 20 * day);
    expect(await batchOf(id)).toMatchObject({ finishedAt: null, counts: { unknown: 1 } });
    const key = `source:${(await world.tasks(id))[0]?.taskId ?? ''}`;
    expect((await world.stores.users.find([key])).get(key)).toMatchObject({
      state: 'reserved',
      migrationId: id,
    });
    await world.engine.settle();
    expect(world.clock.now()).toBeGreaterThan(startMs + 30 * day);
    expect(await outcomesOf(world, id)).toEqual(['unknown']);
    expect((await batchOf(id))?.finishedAt).not.toBeNull();
    // It cannot start any more: another migration may have the source.
    expect((await world.stores.users.find([key])).size).toBe(0);
    expect(await world.stores.quota.count()).toBe(0);
  });
});

describe('a source that cannot be looked up', { timeout: 120_000 }, () => {
  it.each(cases.filter(([what]) => what !== '404'))(
    'because of %s %s is created once, when Graph says whether it has a task',
    async (_what, _long, ms, answer) => {
      world = await openWorld({
        interference: { before: refusing(isLookUp, startMs, ms, answer) },
      });
      const id = await world.acceptSharePoint([site('a')]);
      if (ms > 0) {
        await until(world, startMs + (ms === hour ? 0.4 : 0.8) * ms);
        expect(await createsIn(world)).toEqual([]);
        expect((await batchOf(id))?.delayedOperation).toMatchObject({
          operation: 'look up SharePoint task',
        });
      }
      await world.engine.settle();
      expect(await outcomesOf(world, id)).toEqual(['succeeded']);
      expect(await createdIn(world)).toBe(1);
      expect(await batchOf(id)).toMatchObject({ phase: 'completed', delayedOperation: null });
    },
  );

  it.each(cases.filter(([what]) => what !== '404'))(
    'because of %s %s after a create whose answer was lost is not failed and not created again',
    async (_what, _long, ms, answer) => {
      const before = refusing(isLookUp, startMs + 1, ms, answer);
      world = await openWorld({ interference: { ...lost(1), before } });
      const id = await world.acceptSharePoint([site('a')]);
      if (ms === 8 * day) {
        await until(world, startMs + 7.5 * day);
        expect(await outcomesOf(world, id)).toEqual(['unknown']);
        expect(await batchOf(id)).toMatchObject({ finishedAt: null, needsPerson: 'outOfSight' });
      }
      await world.engine.settle();
      expect(await outcomesOf(world, id)).toEqual(['succeeded']);
      expect(await createdIn(world)).toBe(1);
      expect(sent().filter((type) => type.startsWith('outcome.'))).toEqual(
        ms === 8 * day ? ['outcome.unknown', 'outcome.corrected'] : [],
      );
    },
  );

  it('ends when it is cancelled before anything was created', async () => {
    world = await openWorld({
      interference: {
        before: refusing(isLookUp, startMs, 3 * day, () => new Response(null, { status: 403 })),
      },
    });
    const id = await world.acceptSharePoint([site('a')]);
    await until(world, startMs + 6 * hour);
    await world.ask(id, 'cancel');
    await until(world, startMs + 7 * hour);
    expect(await world.answers(id)).toEqual(['cancel applied']);
    expect(await outcomesOf(world, id)).toEqual(['cancelled']);
    expect(await createsIn(world)).toEqual([]);
  });
});

describe('a user who is named by an object id', { timeout: 120_000 }, () => {
  it('and whose create was lost is unknown and never created again, also when somebody retries', async () => {
    // The directory knows the user by name: nothing finds the task by the id.
    const directory = [
      { id: 'aaaaaaaa-0000-4000-8000-000000000001', userPrincipalName: 'lee@contoso.com' },
    ];
    world = await openWorld({
      interference: {
        ...lost(1),
        before: (request) =>
          Promise.resolve(
            request.method === 'POST' &&
              request.url.endsWith(tasksPath) &&
              world.clock.now() > startMs &&
              world.clock.now() < startMs + 120_000
              ? new Response(null, { status: 429, headers: { 'retry-after': '120' } })
              : undefined,
          ),
      },
      scenario: {
        sharePoint: {
          directory,
          timings: { queue: { min: 30, max: 30 }, migration: { min: 60, max: 60 } },
        },
      },
    });
    const id = await world.acceptSharePoint([byId(1)]);
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['unknown']);
    expect(await createdIn(world)).toBe(1);
    await world.ask(id, 'retry');
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['unknown']);
    expect(await createdIn(world)).toBe(1);
  });
});

describe('a source that Graph has moved before', { timeout: 120_000 }, () => {
  it('is not moved again although the ledger knows nothing of it, unless the request says so', async () => {
    world = await openWorld();
    expect(
      (await world.services.sharePoint?.createTask(sharePointParametersSchema.parse(site('a'))))
        ?.kind,
    ).toBe('done');
    // Time passes while something else is moved.
    await world.acceptSharePoint([site('z', { preferredStartDateTime: inDays(1) })], {
      name: 'first',
    });
    await world.engine.settle();
    for (const [name, changes, outcome, times] of [
      ['second', {}, 'invalid', 1],
      ['third', { moveAgain: true }, 'succeeded', 2],
    ] as const) {
      const id = await world.acceptSharePoint([site('a')], { name, ...changes });
      await world.engine.settle();
      expect(await outcomesOf(world, id)).toEqual([outcome]);
      expect(await createdIn(world)).toBe(1 + times);
      const [task] = await world.tasks(id);
      expect(task?.services[0]?.errors.map(({ code }) => code)).toEqual(
        outcome === 'invalid' ? ['movedAlready'] : [],
      );
      expect(
        (await world.stores.users.find([`source:${task?.taskId ?? ''}`])).get(
          `source:${task?.taskId ?? ''}`,
        ),
      ).toMatchObject({ state: 'moved', migrationId: id });
    }
  });

  it('by a run that did not see it is recorded as moved', async () => {
    world = await openWorld({
      interference: {
        before: refusing(
          isTask,
          startMs + 2 * hour,
          45 * day,
          () => new Response(null, { status: 403 }),
        ),
      },
      scenario: {
        sharePoint: {
          sources: [{ source: 'sites/a', stuckIn: 'inProgress', stuckSeconds: 86_400 }],
        },
      },
    });
    const id = await world.acceptSharePoint([site('a')]);
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['unknown']);
    await until(world, startMs + 50 * day);
    await world.ask(id, 'retry');
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded']);
    expect(await createdIn(world)).toBe(1);
  });
});

describe('a batch whose orchestration was ended from outside', { timeout: 120_000 }, () => {
  it('is begun again, watches what is at Graph, and creates what was not, once each', async () => {
    world = await openWorld({
      maxQueuedMoves: 2,
      scenario: {
        sharePoint: {
          sources: [{ source: 'sites/[ab]', stuckIn: 'inProgress', stuckSeconds: 86_400 }],
        },
      },
    });
    const id = await world.acceptSharePoint([site('a'), site('b'), site('c')]);
    await until(world, startMs + 6 * hour);
    expect(await createdIn(world)).toBe(2);
    await world.engine.call('POST', `instances/${id}-b001/terminate?reason=mistake`);
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(await createdIn(world)).toBe(3);
    expect((await world.migration(id)).phase).toBe('completed');
    expect(await world.stores.quota.count()).toBe(0);
  });

  it('also when somebody has cancelled it: what has started goes on and is recorded', async () => {
    world = await openWorld({
      scenario: {
        sharePoint: {
          sources: [{ source: 'sites/a', stuckIn: 'inProgress', stuckSeconds: 86_400 }],
        },
      },
    });
    const id = await world.acceptSharePoint([
      site('a'),
      site('b', { preferredStartDateTime: inDays(5) }),
    ]);
    await until(world, startMs + 6 * hour);
    await world.ask(id, 'cancel');
    await until(world, startMs + 8 * hour);
    expect(await world.answers(id)).toEqual(['cancel partlyApplied']);
    await world.engine.call('POST', `instances/${id}-b001/terminate?reason=mistake`);
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded', 'cancelled']);
    expect(await createdIn(world)).toBe(2);
  });
});

describe('an identity mapping that cannot be read', { timeout: 120_000 }, () => {
  const users = [
    {
      sourceUserIdentity: { userPrincipalName: 'ana@contoso.com' },
      targetUserIdentity: { userPrincipalName: 'ana@fabrico.com' },
    },
  ];
  it.each(cases.filter(([what, , ms]) => what !== '404' || ms <= hour))(
    'because of %s %s decides nothing',
    async (_what, _long, ms, answer) => {
      world = await openWorld({
        interference: { before: refusing(isMapping, startMs, ms, answer) },
      });
      const id = await world.acceptSharePoint([person('ana')], {
        identityMappings: { users },
        checkIdentityMappings: true,
      });
      if (ms > 0) {
        await until(world, startMs + (ms === hour ? 0.4 : 0.8) * ms);
        expect((await world.migration(id)).message).toMatch(
          /retrying to write the identity mappings/,
        );
        expect((await world.migration(id)).message).not.toMatch(/lee@contoso.com/);
      }
      await world.engine.settle();
      expect(await outcomesOf(world, id)).toEqual(['succeeded']);
      expect(await world.migration(id)).toMatchObject({ phase: 'completed', message: null });
    },
  );

  it.each(cases.filter(([what, , ms]) => what !== '404' || ms === 0))(
    'for a check because of %s %s decides nothing',
    async (_what, _long, ms, answer) => {
      let isWritten = false;
      const refuse = refusing(isMapping, startMs + 600_000, ms, answer);
      world = await openWorld({
        interference: {
          before: (request) => (isWritten ? refuse(request) : Promise.resolve(undefined)),
        },
      });
      const first = await world.acceptSharePoint([site('a')], {
        name: 'mappings',
        identityMappings: { users },
      });
      await until(world, startMs + 600_000);
      isWritten = true;
      const id = await world.acceptSharePoint([person('ana')], { checkIdentityMappings: true });
      if (ms > 0) {
        await until(world, startMs + 600_000 + (ms === hour ? 0.4 : 0.8) * ms);
        expect((await batchOf(id))?.delayedOperation).toMatchObject({
          operation: 'get identity mapping',
        });
      }
      await world.engine.settle();
      expect([await outcomesOf(world, first), await outcomesOf(world, id)]).toEqual([
        ['succeeded'],
        ['succeeded'],
      ]);
    },
  );

  it('cannot be written for want of a permission is written once that is there', async () => {
    world = await openWorld({
      interference: {
        before: (request) =>
          Promise.resolve(
            request.method === 'PATCH' && world.clock.now() < startMs + 2 * day
              ? Response.json({ error: { code: 'accessDenied', message: 'm' } }, { status: 403 })
              : undefined,
          ),
      },
    });
    const id = await world.acceptSharePoint([person('ana')], { identityMappings: { users } });
    await until(world, startMs + day);
    expect(await world.migration(id)).toMatchObject({
      phase: 'running',
      message: expect.stringContaining('status 403 (accessDenied)') as string,
    });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({ phase: 'completed', message: null });
  });
});
