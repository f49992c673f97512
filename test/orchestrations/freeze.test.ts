import { afterEach, describe, expect, it } from 'vitest';
import { outcomeMessageSchema } from '../../shared/contracts/outcomeEvent.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { acceptFreeze } from '../../shared/intake/freeze.ts';
import { createdIn, lost, outcomesOf, person, site } from './sharePointSamples.ts';
import { openWorld, user, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.parse('2026-11-20T08:00:00Z');
const inDays = (days: number): string => new Date(start + days * day).toISOString();
const until = (ms: number) => world.engine.settle(() => world.clock.now() >= ms);
const after = (ms: number) => until(world.clock.now() + ms);
const freeze = () =>
  acceptFreeze(
    { kind: 'freeze', by: 'ana@fabrikam.com', reason: 'the wrong users' },
    undefined,
    world.services,
  );
const unfreeze = () =>
  acceptFreeze(
    { kind: 'unfreeze', by: 'ana@fabrikam.com', reason: null },
    undefined,
    world.services,
  );
const effects = async (): Promise<(string | undefined)[]> =>
  (await world.log())
    .map(({ effect }) => effect?.split(' ')[0])
    .filter((effect) => effect !== undefined);
const rowOf = async (id: string) => (await world.stores.batches.list(id))[0];
const phaseIs = async (id: string, phase: string): Promise<void> => {
  for (let steps = 0; steps < 5_000; steps += 1) {
    await world.engine.host.idle();
    if ((await rowOf(id))?.phase === phase) return;
    if (!world.clock.step()) break;
  }
  throw new Error(`the batch never became ${phase}`);
};
/** Freezes everything as soon as an activity has come to this answer for the first time. */
const freezeAfter = (name: string, holds: (answer: string, input: string) => boolean) => {
  let asked: Promise<unknown> | undefined;
  return (
    {
      functionName,
      inputData,
    }: {
      readonly functionName: string;
      readonly inputData: readonly { readonly data: { readonly string?: string } }[];
    },
    outcome: { readonly ok: boolean; readonly result?: unknown },
  ): void => {
    if (
      asked === undefined &&
      functionName === name &&
      outcome.ok &&
      holds(JSON.stringify(outcome.result), inputData[0]?.data.string ?? '')
    )
      asked = freeze();
  };
};
const frozenText =
  'waits because of the freeze since 2026-11-20T08:00:00.000Z: nothing new is created or migrated until it is lifted';

describe('a freeze of users’ jobs', () => {
  it('takes new requests, creates nothing, says so, and lets them go on soon after it is lifted', async () => {
    world = await openWorld({ batchSize: 2 });
    await freeze();
    const id = await world.accept(4);
    await until(start + day);
    expect(await world.log()).toEqual([]);
    expect(await rowOf(id)).toMatchObject({
      phase: 'queued',
      message: frozenText,
      needsPerson: null,
    });
    const trail = (await world.stores.audit.list(id, { pageSize: 100 })).items.filter(
      ({ type }) => type === 'batch.frozen',
    );
    expect(trail.map(({ batchId, by, detail }) => [batchId, by, detail])).toEqual([
      ['b001', 'ana@fabrikam.com', frozenText],
      ['b002', 'ana@fabrikam.com', frozenText],
    ]);
    // The wait costs the same on its last day as on its first.
    const turns = world.engine.turns
      .filter(({ instanceId }) => instanceId === `${id}-b001-g1`)
      .map(({ events }) => events);
    expect(turns.length).toBeGreaterThan(200);
    expect(Math.max(...turns.slice(-20))).toBe(Math.max(...turns.slice(0, 20)));
    await unfreeze();
    await after(7 * minute);
    expect((await effects()).filter((effect) => effect === 'create')).toHaveLength(2);
    expect((await rowOf(id))?.message).toBeNull();
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 4 },
    });
  });

  it('validates a job that is there, and migrates it only once it is lifted', async () => {
    world = await openWorld();
    const id = await world.accept(2);
    await phaseIs(id, 'validating');
    await freeze();
    await after(2 * day);
    expect(await effects()).toEqual(['create', 'validate']);
    expect((await rowOf(id))?.message).toContain('waits because of the freeze');
    await unfreeze();
    await world.engine.settle();
    expect(await effects()).toEqual(['create', 'validate', 'migrate']);
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 2 },
    });
  });

  it('watches what runs, and records its outcomes', async () => {
    world = await openWorld({
      scenario: { users: [{ id: user(2), failed: [{ workload: 'Exchange', code: 'EXCH-08' }] }] },
    });
    const id = await world.accept(3, { completeAfterDateTime: inDays(6) });
    await phaseIs(id, 'syncing');
    await freeze();
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completedWithErrors',
      counts: { ...noCounts, succeeded: 2, failed: 1 },
    });
  });

  it.each([
    ['create', 'createJob', []],
    ['migrate', 'migrateJob', ['create', 'validate']],
  ])('holds a %s that had passed its checkpoint before', async (stage, activity, before) => {
    const runs: string[] = [];
    const onGate = freezeAfter(
      'readCheckpoint',
      (answer, input) => answer.includes('"go"') && input.includes(`"stage":"${stage}"`),
    );
    world = await openWorld({
      onInvoked: (invocation, outcome) => {
        runs.push(invocation.functionName);
        onGate(invocation, outcome);
      },
    });
    const id = await world.accept(2);
    await until(start + 2 * day);
    expect(runs).toContain(activity);
    expect(await effects()).toEqual(before);
    expect((await rowOf(id))?.message).toContain('waits because of the freeze');
    await unfreeze();
    await world.engine.settle();
    expect(await effects()).toEqual(['create', 'validate', 'migrate']);
    expect((await world.migration(id)).phase).toBe('completed');
  });

  it('holds a create that Graph puts off', async () => {
    world = await openWorld({
      faults: {
        seed: 1,
        faults: [
          {
            kind: 'throttledSeconds',
            operation: 'createJob',
            occurrence: 1,
            times: 9,
            retryAfterSeconds: 600,
            scope: 'call',
          },
        ],
      },
    });
    const id = await world.accept(2);
    await until(start + 25 * minute);
    await freeze();
    await until(start + 2 * day);
    expect(await effects()).toEqual([]);
    await unfreeze();
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');
  });

  it.each<[string, string]>([
    ['before there is a job', 'queued'],
    ['before its cutover', 'validating'],
  ])('lets a cancel through %s', async (_, phase) => {
    world = await openWorld();
    if (phase === 'queued') await freeze();
    const id = await world.accept(2);
    if (phase !== 'queued') {
      await phaseIs(id, phase);
      await freeze();
    }
    await after(day);
    await world.ask(id, 'cancel');
    await after(hour);
    expect(await world.migration(id)).toMatchObject({
      phase: 'cancelled',
      counts: { ...noCounts, cancelled: 2 },
    });
    expect((await rowOf(id))?.message).toBe('cancelled on request');
    expect(await world.answers(id)).toEqual(['cancel applied']);
    expect((await world.jobs()).map(({ status }) => status)).toEqual(
      phase === 'queued' ? [] : ['cancelled'],
    );
  });

  it('lets the cutover of a job that runs be moved', async () => {
    world = await openWorld();
    const id = await world.accept(2, { completeAfterDateTime: inDays(6) });
    await phaseIs(id, 'syncing');
    await freeze();
    await world.ask(id, 'reschedule', { completeAfterDateTime: inDays(12) });
    await until(start + 11 * day);
    expect(await world.answers(id)).toEqual(['reschedule applied']);
    expect((await rowOf(id))?.phase).toBe('syncing');
    await world.engine.settle();
  });

  it('leaves the time for an approval as it is, and an approval that comes meanwhile holds', async () => {
    world = await openWorld();
    const approval = {
      requestedBy: 'lee@fabrikam.com',
      approval: { required: true, timeoutHours: 72 },
    };
    const id = await world.accept(2, approval);
    await phaseIs(id, 'validating');
    await freeze();
    await after(day);
    await world.ask(id, 'approve', { by: 'ana@fabrikam.com' });
    await until(start + 4 * day);
    expect(await effects()).not.toContain('migrate');
    const other = await world
      .accept(2, { ...approval, name: 'other', users: [user(8), user(9)] })
      .catch((error: unknown) => error);
    expect(typeof other).toBe('string');
    await unfreeze();
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');
    expect((await world.migration(String(other))).phase).toBe('cancelled');
  });

  it('outlives the seven days of a validation, which is then renewed', async () => {
    world = await openWorld();
    const id = await world.accept(2);
    await phaseIs(id, 'validating');
    await freeze();
    await after(9 * day);
    await unfreeze();
    await world.engine.settle();
    expect(await effects()).toEqual(['create', 'validate', 'validate', 'migrate']);
    expect((await world.migration(id)).phase).toBe('completed');
  });

  it.each([
    ['before it is asked for', false],
    ['after it has passed its checkpoint', true],
  ])('holds a retry in the same job, %s', async (_, late) => {
    let isRetried = false;
    const onGate = freezeAfter('readCheckpoint', (answer) => isRetried && answer.includes('"go"'));
    world = await openWorld({
      scenario: {
        users: [
          { id: user(2), failed: [{ workload: 'Exchange', code: 'EXCH-08' }], failedTimes: 1 },
        ],
      },
      ...(late ? { onInvoked: onGate } : {}),
    });
    const id = await world.accept(2);
    await world.engine.settle();
    if (!late) await freeze();
    isRetried = true;
    expect(await world.ask(id, 'retry')).toMatchObject({ kind: 'accepted' });
    await after(2 * day);
    expect((await effects()).filter((effect) => effect === 'migrate')).toHaveLength(1);
    expect((await rowOf(id))?.message).toContain('waits because of the freeze');
    await unfreeze();
    await world.engine.settle();
    expect((await effects()).filter((effect) => effect === 'migrate')).toHaveLength(2);
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 2 },
    });
  });

  it('puts nobody into a running job, and does so once it is lifted', async () => {
    world = await openWorld({
      userTaskWrites: true,
      scenario: { switches: { userTaskWrites: true } },
    });
    const id = await world.accept(3, { completeAfterDateTime: inDays(6) });
    await phaseIs(id, 'syncing');
    await freeze();
    await world.ask(id, 'addTasks', { users: [{ targetUserId: user(4) }] });
    await after(day);
    const puts = async () =>
      (await world.log()).filter(
        ({ method, path }) => method === 'POST' && path.endsWith('/users'),
      );
    expect(await puts()).toEqual([]);
    expect(await world.answers(id)).toEqual(['addTasks pending']);
    // Nothing was begun for the user: they are free.
    expect((await world.stores.users.find([`user:${user(4)}`])).size).toBe(0);
    await unfreeze();
    await after(7 * minute);
    expect(await world.answers(id)).toEqual(['addTasks applied']);
    expect(await puts()).toHaveLength(1);
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      batchCount: 1,
      counts: { ...noCounts, succeeded: 4 },
    });
  });

  it('is told once, and twice is as good as once', async () => {
    world = await openWorld();
    await freeze();
    world.clock.step();
    expect(await freeze()).toMatchObject({
      kind: 'accepted',
      frozen: { since: '2026-11-20T08:00:00.000Z' },
    });
    expect(await unfreeze()).toEqual({ kind: 'accepted', frozen: null });
    expect(await unfreeze()).toEqual({ kind: 'accepted', frozen: null });
    expect(
      world.stores.sent
        .map((event) => outcomeMessageSchema.parse(event))
        .map(({ type, id, data }) => [type, id, data]),
    ).toEqual([
      ['tenant-ferry.frozen', 'freezes/1', { since: '2026-11-20T08:00:00.000Z' }],
      ['tenant-ferry.unfrozen', 'freezes/3', { since: '2026-11-20T08:00:00.000Z' }],
    ]);
    const { items } = await world.stores.audit.list('freezes', { pageSize: 100 });
    expect(items.map(({ type, by, detail }) => `${type} ${String(by)} ${String(detail)}`)).toEqual([
      'command.freeze ana@fabrikam.com the wrong users',
      'frozen null null',
      'command.freeze ana@fabrikam.com the wrong users',
      'command.unfreeze ana@fabrikam.com null',
      'unfrozen null null',
      'command.unfreeze ana@fabrikam.com null',
    ]);
  });
});

describe('a freeze of SharePoint tasks', () => {
  const writes = async (): Promise<readonly string[]> =>
    (await world.log())
      .filter(({ method, status }) => method !== 'GET' && status < 400)
      .map(({ method }) => method);

  it('creates nothing and writes no identity mapping, and lets them go on soon after it is lifted', async () => {
    world = await openWorld();
    await freeze();
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
    await until(start + day);
    expect(await writes()).toEqual([]);
    expect((await rowOf(other))?.message).toContain('waits because of the freeze');
    await unfreeze();
    await after(15 * minute);
    expect(await createdIn(world)).toBe(3);
    expect((await rowOf(other))?.message).toBeNull();
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded', 'succeeded']);
  });

  it.each([
    [
      'its checkpoint',
      'readCheckpoint',
      (answer: string, input: string) =>
        answer.includes('"go"') && input.includes('"stage":"migrate"'),
    ],
    ['its take of quota', 'takeQuota', (answer: string) => answer.includes('"done"')],
    [
      'the look-up of its source',
      'findSharePointTask',
      (answer: string) => answer.includes('"ready"'),
    ],
  ])(
    'holds a task that was past %s, releases its quota and handles a cancel',
    async (_, name, holds) => {
      const onInvoked = freezeAfter(name, holds);
      world = await openWorld({ onInvoked });
      const id = await world.acceptSharePoint([site('a')]);
      const other = await world.acceptSharePoint([site('b')], { name: 'others' });
      await until(start + day);
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
      await after(hour);
      expect(await outcomesOf(world, first)).toEqual(['cancelled']);
      expect((await rowOf(first))?.message ?? '').not.toContain('freeze');
      await unfreeze();
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
          asked ??= freeze();
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
    await until(start + 2 * day);
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
    await unfreeze();
    await world.engine.settle();
    expect(await createdIn(world)).toBe(2);
    for (const id of ids) expect(await outcomesOf(world, id)).toEqual(['succeeded']);
  });

  it('cancels and watches what Graph has', async () => {
    world = await openWorld();
    const later = { preferredStartDateTime: inDays(4) };
    const id = await world.acceptSharePoint([site('a', later), site('b', later)]);
    await until(start + day);
    await freeze();
    const b = (await world.tasks(id)).find(({ source }) => source?.endsWith('b'))?.taskId ?? '';
    await world.ask(id, 'cancelTask', { taskId: b });
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded', 'cancelled']);
    expect(await world.answers(id)).toEqual(['cancelTask applied']);
  });
});
