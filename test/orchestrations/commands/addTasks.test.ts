import { afterEach, describe, expect, it } from 'vitest';
import { outcomeMessageSchema } from '../../../shared/contracts/outcomeEvent.ts';
import { noCounts } from '../../../shared/domain/outcomes.ts';
import type { GraphProblem } from '../../../shared/graph/result.ts';
import { openWorld, startMs, user, type World } from '../world.ts';
import { batchIs, conflict, day, inDays } from '../worldSteps.ts';

let world: World;
afterEach(() => world.close());

const events = () => world.stores.sent.map((event) => outcomeMessageSchema.parse(event));

describe('users added to a running migration', () => {
  const users = [
    { targetUserId: user(11), sourceUserPrincipalName: 'lee@contoso.com' },
    { targetUserId: user(12) },
  ];

  it('go into a further batch at once', async () => {
    world = await openWorld({ batchSize: 2 });
    const id = await world.accept(3, { completeAfterDateTime: inDays(6) });
    await batchIs(world, id, 'syncing');
    expect(await world.ask(id, 'addTasks', { users })).toMatchObject({ kind: 'accepted' });
    await world.engine.settle(() => world.clock.now() > startMs + 2 * day);
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
    await batchIs(world, id, 'syncing');
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
    await batchIs(world, id, 'syncing');
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
    await batchIs(world, id, 'syncing');
    await world.ask(id, 'addTasks', { users }, 'key-1');
    await world.engine.settle(() => world.clock.now() > startMs + 6 * day);
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
    await batchIs(world, id, 'syncing');
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
    await world.engine.settle(() => world.clock.now() >= startMs + day);
    await world.ask(id, 'reject');
    expect(await world.ask(id, 'addTasks', { users })).toMatchObject(conflict('alreadyDecided'));
    await world.engine.settle();
    expect(await world.ask(id, 'addTasks', { users })).toMatchObject(conflict('tooLate'));
  });
});
