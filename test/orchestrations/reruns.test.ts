import { afterEach, describe, expect, it } from 'vitest';
import { outcomeMessageSchema } from '../../shared/contracts/outcomeEvent.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import { openWorld, user, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

const day = 86_400_000;
const start = Date.parse('2026-11-20T08:00:00Z');
const inDays = (days: number): string => new Date(start + days * day).toISOString();
const conflict = (code: string) => ({ kind: 'conflict', code });
const events = () => world.stores.sent.map((event) => outcomeMessageSchema.parse(event));
const effects = async (): Promise<(string | undefined)[]> =>
  (await world.log())
    .map(({ effect }) => effect?.split(' ')[0])
    .filter((effect) => effect !== undefined);
const batchIs = async (id: string, phase: string): Promise<void> => {
  for (let steps = 0; steps < 5_000; steps += 1) {
    await world.engine.host.idle();
    if ((await world.stores.batches.list(id)).some((batch) => batch.phase === phase)) return;
    if (!world.clock.step()) break;
  }
  throw new Error(`no batch ever became ${phase}`);
};
const fails = (n: number, members: object) => ({ id: user(n), ...members });
const mailboxFault = [{ workload: 'Exchange' as const, code: 'EXCH-08' }];

describe('retry', () => {
  it('runs failed users again in the same job, and shows the new end', async () => {
    world = await openWorld({
      batchSize: 2,
      scenario: { users: [fails(2, { failed: mailboxFault, failedTimes: 1 })] },
    });
    const id = await world.accept(4);
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completedWithErrors',
      counts: { ...noCounts, succeeded: 3, failed: 1 },
    });
    expect(await world.ask(id, 'retry')).toMatchObject({
      kind: 'accepted',
      command: { kind: 'retry', targets: ['b001'] },
    });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 4 },
    });
    expect(await world.jobs()).toHaveLength(2);
    expect((await effects()).filter((effect) => effect === 'migrate')).toHaveLength(3);
    expect(await world.answers(id)).toEqual(['retry applied']);
    const ids = events().map((event) => event.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(
      events()
        .filter(({ type }) => type === 'tenant-ferry.migration.finished')
        .map(({ data }) => 'phase' in data && data.phase),
    ).toEqual(['completedWithErrors', 'completed']);
  });

  it('that is cancelled before anything has begun restores the outcome and the errors of every user', async () => {
    let asked: Promise<unknown> | undefined;
    world = await openWorld({
      scenario: {
        users: [
          fails(1, { failed: mailboxFault }),
          fails(2, { invalid: [{ workload: 'Teams' as const, code: 'CTM-100' }] }),
        ],
      },
      onInvoked: ({ functionName }) => {
        if (functionName === 'planRun') asked = world.ask(id, 'cancel');
      },
    });
    const id = await world.accept(3);
    await world.engine.settle();
    const before = (await world.tasks(id)).map(({ outcome, services }) => ({ outcome, services }));
    await world.ask(id, 'retry');
    await world.engine.settle();
    await asked;
    expect((await world.tasks(id)).map(({ outcome, services }) => ({ outcome, services }))).toEqual(
      before,
    );
    expect(before.map(({ outcome }) => outcome)).toEqual(['failed', 'invalid', 'succeeded']);
    expect(await world.answers(id)).toEqual(['retry applied', 'cancel applied']);
  });

  it('of a migration that was paused at its end goes on after a resume, which may come before it', async () => {
    world = await openWorld({
      scenario: { users: [fails(1, { failed: mailboxFault, failedTimes: 1 })] },
    });
    const id = await world.accept(2);
    await batchIs(id, 'cuttingOver');
    await world.ask(id, 'pause');
    await world.engine.settle();
    expect(await world.ask(id, 'pause')).toMatchObject(conflict('tooLate'));
    expect(await world.ask(id, 'resume')).toMatchObject({
      kind: 'accepted',
      command: { state: 'applied' },
    });
    await world.ask(id, 'retry');
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 2 });
  });

  it.each([
    [
      'the validation kept them out',
      { invalid: [{ workload: 'Teams' as const, code: 'CTM-100' }], invalidTimes: 1 },
      {},
    ],
    [
      'their error asks for another batch',
      { failed: [{ workload: 'Exchange' as const, code: 'EXCH-15' }], failedTimes: 1 },
      {},
    ],
    ['Graph does not migrate a job twice', { failed: mailboxFault }, { migrateAgain: false }],
  ])('takes a fresh job of just those where %s', async (_, fault, switches) => {
    world = await openWorld({ scenario: { users: [fails(2, fault)], switches } });
    const id = await world.accept(3);
    await world.engine.settle();
    await world.ask(id, 'retry');
    await world.engine.settle();
    const jobs = await world.jobs();
    expect(jobs.at(-1)?.resources).toEqual([user(2)]);
    expect((await world.migration(id)).counts.succeeded).toBeGreaterThanOrEqual(2);
    expect(await world.answers(id)).toEqual(['retry applied']);
  });

  it('is refused where nobody has failed, and may be asked for while other batches run', async () => {
    world = await openWorld({
      batchSize: 1,
      scenario: {
        users: [fails(1, { failed: mailboxFault, failedTimes: 1 })],
        jobs: [{ user: user(2), stuckIn: 'inProgress', stuckSeconds: (2 * day) / 1000 }],
      },
    });
    const id = await world.accept(2);
    expect(await world.ask(id, 'retry')).toMatchObject(conflict('nothingToRetry'));
    await batchIs(id, 'failed');
    await world.ask(id, 'retry');
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 2 },
    });
    expect(world.clock.now()).toBeGreaterThan(start + 2 * day);
    expect(await world.ask(id, 'retry')).toMatchObject(conflict('nothingToRetry'));
  });

  it('twice with one key is one retry, and two at once take a batch up once', async () => {
    world = await openWorld({
      scenario: { users: [fails(1, { failed: mailboxFault, failedTimes: 1 })] },
    });
    const id = await world.accept(1);
    await world.engine.settle();
    await world.ask(id, 'retry', {}, 'key');
    await world.ask(id, 'retry', {}, 'key');
    await world.ask(id, 'retry', {}, 'other');
    await world.engine.settle();
    expect((await world.answers(id)).toSorted()).toEqual(['retry applied', 'retry tooLate']);
    expect((await effects()).filter((effect) => effect === 'migrate')).toHaveLength(2);
    expect((await world.migration(id)).phase).toBe('completed');
  });

  it('can be cancelled like any other run, although the run before was cancelled as well', async () => {
    world = await openWorld({
      batchSize: 1,
      scenario: {
        users: [
          fails(1, {
            invalid: [{ workload: 'Teams' as const, code: 'CTM-100' }],
            invalidTimes: 1,
          }),
        ],
      },
    });
    const id = await world.accept(2, { completeAfterDateTime: inDays(6) });
    await batchIs(id, 'failed');
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, invalid: 1, cancelled: 1 });
    await world.ask(id, 'retry');
    await batchIs(id, 'validating');
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, cancelled: 2 });
    expect(await world.answers(id)).toEqual(['cancel applied', 'retry applied', 'cancel applied']);
  });
});

describe('a request that holds on invalid users', () => {
  const invalid = (rounds?: number) => ({
    users: [
      fails(2, {
        invalid: [{ workload: 'Teams' as const, code: 'CTM-100' }],
        ...(rounds === undefined ? {} : { invalidTimes: rounds }),
      }),
    ],
  });
  const hold = { onInvalid: 'hold', holdTimeoutHours: 48 };

  it('waits with them listed, and goes on with everybody when they are fixed', async () => {
    world = await openWorld({ scenario: invalid(1) });
    const id = await world.accept(3, hold);
    await batchIs(id, 'held');
    expect((await world.stores.batches.list(id))[0]).toMatchObject({
      needsPerson: 'invalidUsers',
      counts: { invalid: 1, pending: 2 },
    });
    expect((await world.tasks(id)).map(({ outcome }) => outcome)).toEqual([null, 'invalid', null]);
    expect(events()).toMatchObject([
      { type: 'tenant-ferry.person.needed', data: { need: 'invalidUsers', batchId: 'b001' } },
    ]);
    expect(await world.ask(id, 'revalidate')).toMatchObject({
      kind: 'accepted',
      command: { targets: ['b001'] },
    });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 3 },
    });
    expect(await effects()).toEqual(['create', 'validate', 'validate', 'migrate']);
    expect((await world.stores.batches.list(id))[0]?.needsPerson).toBeNull();
  });

  it('holds again while they are still invalid, and goes on without them when told to', async () => {
    world = await openWorld({ scenario: invalid() });
    const id = await world.accept(3, hold);
    await batchIs(id, 'held');
    await world.ask(id, 'revalidate');
    await world.engine.settle(() => events().length === 2);
    await batchIs(id, 'held');
    await world.ask(id, 'revalidate', { continueWithout: true });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completedWithErrors',
      counts: { ...noCounts, succeeded: 2, invalid: 1 },
    });
    expect((await world.jobs()).map(({ resources }) => resources.length)).toEqual([3, 2]);
    expect(await world.answers(id)).toEqual(['revalidate applied', 'revalidate applied']);
  });

  it('goes on in a new job without a user whom another migration has reserved meanwhile', async () => {
    world = await openWorld({ scenario: invalid(1) });
    const id = await world.accept(3, hold);
    await batchIs(id, 'held');
    const other = await world.accept(0, { ...hold, name: 'other', users: [user(2)] });
    await batchIs(other, 'validating');
    await world.ask(id, 'revalidate');
    await batchIs(other, 'held');
    await world.ask(other, 'revalidate');
    await world.engine.settle();
    expect((await world.jobs()).map(({ status, resources }) => [status, resources.length])).toEqual(
      [
        ['cancelled', 3],
        ['completed', 1],
        ['completed', 2],
      ],
    );
    expect((await world.tasks(id)).map(({ outcome }) => outcome)).toEqual([
      'succeeded',
      'invalid',
      'succeeded',
    ]);
    expect((await world.migration(other)).counts).toEqual({ ...noCounts, succeeded: 1 });
  });

  it('moves nobody when nobody decides in time', async () => {
    world = await openWorld({ scenario: invalid() });
    const id = await world.accept(3, hold);
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'failed',
      counts: { ...noCounts, invalid: 1, cancelled: 2 },
    });
    expect(world.clock.now()).toBeGreaterThan(start + 2 * day);
    expect(world.clock.now()).toBeLessThan(start + 3 * day);
    expect(await effects()).not.toContain('migrate');
  });

  it('is the only one that revalidate means something to', async () => {
    world = await openWorld();
    const id = await world.accept(1, { completeAfterDateTime: inDays(3) });
    await batchIs(id, 'syncing');
    expect(await world.ask(id, 'revalidate')).toMatchObject(conflict('nothingHeld'));
  });
});

describe('users added to a running migration', () => {
  const users = [
    { targetUserId: user(11), sourceUserPrincipalName: 'lee@contoso.com' },
    { targetUserId: user(12) },
  ];

  it('go into a further batch at once', async () => {
    world = await openWorld({ batchSize: 2 });
    const id = await world.accept(3, { completeAfterDateTime: inDays(6) });
    await batchIs(id, 'syncing');
    expect(await world.ask(id, 'addTasks', { users })).toMatchObject({ kind: 'accepted' });
    await world.engine.settle(() => world.clock.now() > start + 2 * day);
    expect((await world.migration(id)).taskCount).toBe(5);
    expect((await world.jobs()).map(({ resources }) => resources.length)).toEqual([2, 1, 2]);
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      batchCount: 3,
      counts: { ...noCounts, succeeded: 5 },
    });
    expect((await world.tasks(id)).find(({ taskId }) => taskId === user(11))).toMatchObject({
      batchId: 'b003',
      sourceUserPrincipalName: 'lee@contoso.com',
    });
    expect(await world.answers(id)).toEqual(['addTasks applied']);
    expect(events().filter(({ type }) => type === 'tenant-ferry.migration.finished')).toHaveLength(
      1,
    );
  });

  it.each([
    ['go into the running job where the API of the tenant offers that', true, [5]],
    ['go into a further batch where configuration says so and the API does not', false, [3, 2]],
  ])('%s', async (_, userTaskWrites, sizes) => {
    world = await openWorld({ userTaskWrites: true, scenario: { switches: { userTaskWrites } } });
    const id = await world.accept(3, { completeAfterDateTime: inDays(6) });
    await batchIs(id, 'syncing');
    await world.ask(id, 'addTasks', { users });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      taskCount: 5,
      counts: { ...noCounts, succeeded: 5 },
    });
    const tasks = await world.tasks(id);
    expect(
      [...new Set(tasks.map(({ batchId }) => batchId))].map(
        (batchId) => tasks.filter((task) => task.batchId === batchId).length,
      ),
    ).toEqual(sizes);
  });

  it('wait for Graph to tell whether one is in the job already, and are moved once', async () => {
    const silent: GraphProblem = {
      httpStatus: 503,
      code: '',
      codes: [],
      message: '',
      requestId: 'r',
      clientRequestId: null,
    };
    let polls = 0;
    world = await openWorld({
      userTaskWrites: true,
      scenario: { switches: { userTaskWrites: true } },
      wrap: (services) => ({
        ...services,
        jobs: {
          ...services.jobs,
          createTask: async (...given) => {
            const created = await services.jobs.createTask(...given);
            return created.kind === 'done'
              ? { kind: 'unknown', seconds: 0, problem: silent }
              : created;
          },
          getTask: async (...given) =>
            (polls += 1) <= 3
              ? { kind: 'retryAfter', seconds: 3_600, problem: silent }
              : services.jobs.getTask(...given),
        },
      }),
    });
    const id = await world.accept(3, { completeAfterDateTime: inDays(6) });
    await batchIs(id, 'syncing');
    await world.ask(id, 'addTasks', { users });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      batchCount: 1,
      taskCount: 5,
      counts: { ...noCounts, succeeded: 5 },
    });
    expect(await world.jobs()).toHaveLength(1);
    expect(polls).toBeGreaterThan(3);
    expect(await world.answers(id)).toEqual(['addTasks applied']);
  });

  it('are added once, however often the same key asks', async () => {
    world = await openWorld({
      userTaskWrites: true,
      scenario: { switches: { userTaskWrites: true } },
    });
    const id = await world.accept(3, { completeAfterDateTime: inDays(6) });
    await batchIs(id, 'syncing');
    await world.ask(id, 'addTasks', { users }, 'key-1');
    await world.engine.settle(() => world.clock.now() > start + 6 * day);
    expect(await world.ask(id, 'addTasks', { users }, 'key-1')).toMatchObject({
      kind: 'accepted',
      command: { state: 'applied' },
    });
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      batchCount: 1,
      taskCount: 5,
      counts: { ...noCounts, succeeded: 5 },
    });
  });

  it('belong to one of two commands that add them at the same moment', async () => {
    world = await openWorld();
    const id = await world.accept(2, { completeAfterDateTime: inDays(6) });
    await batchIs(id, 'syncing');
    await Promise.all([
      world.ask(id, 'addTasks', { users: users.slice(0, 1) }),
      world.ask(id, 'addTasks', { users }),
    ]);
    await world.engine.settle();
    const tasks = await world.tasks(id);
    expect(tasks.map(({ taskId }) => taskId).sort()).toEqual([
      user(1),
      user(2),
      user(11),
      user(12),
    ]);
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      taskCount: 4,
      counts: { ...noCounts, succeeded: 4 },
    });
    const details = (await world.stores.commands.readLog(id)).results
      .map(({ detail }) => detail)
      .join('; ');
    expect(details).toContain('1 already added by another command');
  });

  it('are refused when they are there already, when the cutover was rejected, and after the end', async () => {
    world = await openWorld();
    const id = await world.accept(3, {
      requestedBy: 'lee@fabrikam.com',
      approval: { required: true, timeoutHours: 72 },
    });
    expect(await world.ask(id, 'addTasks', { users: [{ targetUserId: user(3) }] })).toMatchObject(
      conflict('taskExists'),
    );
    await world.engine.settle(() => world.clock.now() >= start + day);
    await world.ask(id, 'reject');
    expect(await world.ask(id, 'addTasks', { users })).toMatchObject(conflict('alreadyDecided'));
    await world.engine.settle();
    expect(await world.ask(id, 'addTasks', { users })).toMatchObject(conflict('tooLate'));
  });
});

describe('an update of a task', () => {
  const update = { taskType: 'users' };
  it.each([
    [true, 'updateTask applied'],
    [false, 'updateTask refused'],
  ])('reaches Graph where the API offers it (%s)', async (userTaskWrites, answer) => {
    world = await openWorld({ userTaskWrites: true, scenario: { switches: { userTaskWrites } } });
    const id = await world.accept(2, { completeAfterDateTime: inDays(6) });
    await batchIs(id, 'syncing');
    expect(await world.ask(id, 'updateTask', { taskId: user(2), update })).toMatchObject({
      kind: 'accepted',
    });
    await world.engine.settle();
    expect(await world.answers(id)).toEqual([answer]);
    expect((await world.migration(id)).phase).toBe('completed');
  });

  it('is refused where configuration does not ask for it', async () => {
    world = await openWorld();
    const id = await world.accept(1);
    expect(await world.ask(id, 'updateTask', { taskId: user(1), update })).toMatchObject(
      conflict('userTaskWritesOff'),
    );
  });
});

describe('deletion of jobs', () => {
  it('comes only after the end, deletes every job, and says what became of each', async () => {
    world = await openWorld({
      batchSize: 1,
      scenario: { switches: { deletedStaysVisible: true } },
    });
    const id = await world.accept(3);
    expect(await world.ask(id, 'deleteJobs')).toMatchObject(conflict('notEnded'));
    await world.engine.settle();
    expect(await effects()).not.toContain('delete');
    expect(await world.ask(id, 'deleteJobs')).toMatchObject({
      kind: 'accepted',
      command: { targets: ['b001', 'b002', 'b003'] },
    });
    await world.engine.settle();
    expect(await world.answers(id)).toEqual(['deleteJobs applied']);
    expect((await effects()).filter((effect) => effect === 'delete')).toHaveLength(3);
    await world.ask(id, 'deleteJobs');
    await world.engine.settle();
    expect((await effects()).filter((effect) => effect === 'delete')).toHaveLength(3);
    expect((await world.migration(id)).phase).toBe('completed');
  });
});
