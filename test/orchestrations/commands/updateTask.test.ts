import { afterEach, describe, expect, it } from 'vitest';
import { openWorld, user, type World } from '../world.ts';
import { batchIs, conflict, inDays } from '../worldSteps.ts';

let world: World;
afterEach(() => world.close());

describe('an update of a task', () => {
  const update = { taskType: 'users' };
  it.each([
    [true, 'updateTask applied'],
    [false, 'updateTask refused'],
  ])('reaches Graph where the API offers it (%s)', async (userTaskWrites, answer) => {
    world = await openWorld({ userTaskWrites: true, scenario: { switches: { userTaskWrites } } });
    const id = await world.accept(2, { completeAfterDateTime: inDays(6) });
    await batchIs(world, id, 'syncing');
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
