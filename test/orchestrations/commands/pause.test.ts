import { afterEach, describe, expect, it } from 'vitest';
import { noCounts } from '../../../shared/domain/outcomes.ts';
import { openWorld, startMs, type World } from '../world.ts';
import { batchIs, day, effectsOf, until } from '../worldSteps.ts';

let world: World;
afterEach(() => world.close());

describe('pause', () => {
  it('submits nothing new until resume; running jobs go on', async () => {
    world = await openWorld({ batchSize: 2 });
    const id = await world.accept(4);
    await batchIs(world, id, 'validating', 'b001');
    await world.ask(id, 'pause');
    await until(world, startMs + 2 * day);
    expect(await effectsOf(world)).toEqual(['create', 'create', 'validate', 'validate']);
    await world.ask(id, 'resume');
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 4 },
    });
    expect(await world.answers(id)).toEqual(['pause applied', 'resume applied']);
  });

  it('waits with a history that does not grow', async () => {
    world = await openWorld();
    const id = await world.accept(1);
    await world.ask(id, 'pause');
    await until(world, startMs + 30 * day);
    const turns = world.engine.turns.filter(({ instanceId }) => instanceId === `${id}-b001-g1`);
    expect(turns.length).toBeGreaterThan(1_000);
    expect(Math.max(...turns.slice(-20).map(({ events }) => events))).toBe(
      Math.max(...turns.slice(0, 20).map(({ events }) => events)),
    );
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('cancelled');
  });
});
