import { afterEach, describe, expect, it } from 'vitest';
import { openWorld, user, type World } from '../world.ts';

let world: World;
afterEach(() => world.close());

describe('a watch', { timeout: 120_000 }, () => {
  it('hands the orchestrator as many events after two thousand checks as after ten', async () => {
    world = await openWorld({
      scenario: { jobs: [{ user: user(1), stuckIn: 'inProgress', stuckSeconds: 13 * 86_400 }] },
    });
    const id = await world.accept(1, { completeAfterDateTime: '2026-11-25T08:00:00Z' });
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');

    const turns = world.engine.turns.filter(({ instanceId }) => instanceId === `${id}-b001-w2`);
    // A generation takes a turn for each of: start, look, record, timer.
    const checks = (await world.log()).filter(
      ({ method, path }) => method === 'GET' && !path.endsWith('/users'),
    ).length;
    expect(checks).toBeGreaterThan(2_000);
    const longest = (some: typeof turns) => ({
      events: Math.max(...some.map(({ events }) => events)),
      bytes: Math.max(...some.map(({ bytes }) => bytes)),
    });
    const tenChecks = 30;
    const first = longest(turns.slice(0, tenChecks));
    const last = longest(turns.slice(-tenChecks));
    expect(last.events).toBe(first.events);
    expect(last.bytes).toBeLessThan(first.bytes + 100);
    expect(last.events).toBeLessThan(20);
  });

  it('writes nothing while nothing changes', async () => {
    world = await openWorld({
      scenario: { jobs: [{ user: user(1), stuckIn: 'inProgress', stuckSeconds: 20 * 86_400 }] },
    });
    const id = await world.accept(2, { completeAfterDateTime: '2026-12-01T08:00:00Z' });
    await world.engine.settle(() => world.clock.now() > Date.parse('2026-11-23T08:00:00Z'));
    const before = [await world.stores.batches.list(id), await world.tasks(id)];
    await world.engine.settle(() => world.clock.now() > Date.parse('2026-11-29T08:00:00Z'));
    expect([await world.stores.batches.list(id), await world.tasks(id)]).toEqual(before);
  });
});
