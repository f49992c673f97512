import { afterEach, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../world.ts';
import { conflict, effectsOf } from '../worldSteps.ts';

let world: World;
afterEach(() => world.close());

describe('deletion of jobs', () => {
  it('comes only after the end, deletes every job, and says what became of each', async () => {
    world = await openWorld({
      batchSize: 1,
      scenario: { switches: { deletedStaysVisible: true } },
    });
    const id = await world.accept(3);
    expect(await world.ask(id, 'deleteJobs')).toMatchObject(conflict('notEnded'));
    await world.engine.settle();
    expect(await effectsOf(world)).not.toContain('delete');
    expect(await world.ask(id, 'deleteJobs')).toMatchObject({
      kind: 'accepted',
      command: { targets: ['b001', 'b002', 'b003'] },
    });
    await world.engine.settle();
    expect(await world.answers(id)).toEqual(['deleteJobs applied']);
    expect((await effectsOf(world)).filter((effect) => effect === 'delete')).toHaveLength(3);
    await world.ask(id, 'deleteJobs');
    await world.engine.settle();
    expect((await effectsOf(world)).filter((effect) => effect === 'delete')).toHaveLength(3);
    expect((await world.migration(id)).phase).toBe('completed');
  });
});
