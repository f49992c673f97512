import { afterEach, describe, expect, it } from 'vitest';
import { openWorld, startMs, type World } from '../world.ts';
import { batchIs, day, inDays, until } from '../worldSteps.ts';

let world: World;
afterEach(() => world.close());

const later = { completeAfterDateTime: inDays(6) };

describe('reschedule', () => {
  it('is applied when Graph has set the date without saying so and then refuses it', async () => {
    world = await openWorld({
      faults: {
        seed: 1,
        faults: [
          { kind: 'error503', operation: 'updateJob', occurrence: 1, times: 1, effect: 'after' },
          { kind: 'dateInPast', operation: 'updateJob', occurrence: 2, times: 1 },
        ],
      },
    });
    const id = await world.accept(2, later);
    await batchIs(world, id, 'syncing');
    await world.ask(id, 'reschedule', { completeAfterDateTime: inDays(3) });
    await world.engine.settle();
    expect(world.clock.now()).toBeLessThan(startMs + 5 * day);
    expect(await world.answers(id)).toEqual(['reschedule applied']);
  });

  it('moves the cutover of running jobs', async () => {
    world = await openWorld();
    const id = await world.accept(2, later);
    await batchIs(world, id, 'syncing');
    await world.ask(id, 'reschedule', { completeAfterDateTime: inDays(12) });
    await until(world, startMs + 11 * day);
    expect((await world.stores.batches.list(id))[0]?.phase).toBe('syncing');
    await world.engine.settle();
    expect((await world.migration(id)).completeAfterDateTime).toBe(inDays(12));
    expect(world.clock.now()).toBeGreaterThan(startMs + 12 * day);
    expect(await world.answers(id)).toEqual(['reschedule applied']);
  });

  it('is too late once the job cuts over', async () => {
    world = await openWorld();
    const id = await world.accept(2);
    await batchIs(world, id, 'cuttingOver');
    await world.ask(id, 'reschedule', { completeAfterDateTime: inDays(12) });
    await world.engine.settle();
    expect(await world.answers(id)).toEqual(['reschedule tooLate']);
  });
});
