import { afterEach, describe, expect, it } from 'vitest';
import { noCounts } from '../../../shared/domain/outcomes.ts';
import { openWorld, startMs, user, type World } from '../world.ts';
import { batchIs, conflict, day, effectsOf, inDays, until } from '../worldSteps.ts';

let world: World;
afterEach(() => world.close());

const later = { completeAfterDateTime: inDays(6) };

describe('cancel', () => {
  it.each(['validating', 'syncing'])(
    'of a migration that is %s cancels its jobs and records its users',
    async (phase) => {
      world = await openWorld({ batchSize: 2 });
      const id = await world.accept(4, later);
      await batchIs(world, id, phase, 'b001');
      await world.ask(id, 'cancel');
      await world.engine.settle();
      expect(await world.migration(id)).toMatchObject({
        phase: 'cancelled',
        counts: { ...noCounts, cancelled: 4 },
      });
      expect(await world.answers(id)).toEqual(['cancel applied']);
      expect(new Set((await world.jobs()).map(({ status }) => status))).toEqual(
        new Set(['cancelled']),
      );
      // The wake-up event woke the watches before their next check.
      expect(world.clock.now()).toBeLessThan(startMs + 2 * day);
    },
  );

  it('that comes when the job cuts over is too late, and the migration goes on', async () => {
    world = await openWorld();
    const id = await world.accept(2);
    await batchIs(world, id, 'cuttingOver');
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');
    expect(await world.answers(id)).toEqual(['cancel tooLate']);
  });

  it('twice is answered twice, and after the end with a conflict', async () => {
    world = await openWorld();
    const id = await world.accept(2, later);
    await batchIs(world, id, 'syncing');
    await world.ask(id, 'cancel');
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect(await world.answers(id)).toEqual(['cancel applied', 'cancel applied']);
    expect(await world.ask(id, 'cancel')).toMatchObject(conflict('tooLate'));
    expect((await effectsOf(world)).filter((effect) => effect === 'cancel')).toHaveLength(1);
  });

  it('before anything was submitted submits nothing', async () => {
    world = await openWorld();
    const id = await world.accept(2);
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect(await world.jobs()).toEqual([]);
    expect(await world.migration(id)).toMatchObject({
      phase: 'cancelled',
      counts: { ...noCounts, cancelled: 2 },
    });
    expect(await world.answers(id)).toEqual(['cancel applied']);
  });

  it('at any moment is answered, and the answer is true', { timeout: 120_000 }, async () => {
    for (let steps = 0; steps < 60; steps += 3) {
      world = await openWorld({
        scenario: {
          seed: steps,
          users: [{ id: user(1), invalid: [{ workload: 'Teams', code: 'CTM-100' }] }],
        },
      });
      const id = await world.accept(3);
      for (let step = 0; step < steps; step += 1) {
        await world.engine.host.idle();
        world.clock.step();
      }
      const asked = await world.ask(id, 'cancel');
      await world.engine.settle();
      const { phase, counts } = await world.migration(id);
      const applied =
        asked.kind === 'accepted' && (await world.answers(id)).includes('cancel applied');
      const what = `after ${String(steps)} steps: ${JSON.stringify(await world.answers(id))}, ${phase}, ${JSON.stringify(counts)}`;
      expect(counts.pending, what).toBe(0);
      expect((await world.answers(id)).join(), what).not.toContain('pending');
      expect(counts.succeeded === 0, what).toBe(applied);
      await world.close();
    }
    world = await openWorld();
  });
});

describe('cancel of one user', () => {
  it('leaves the others alone', async () => {
    world = await openWorld();
    const id = await world.accept(3, later);
    await batchIs(world, id, 'syncing');
    expect(await world.ask(id, 'cancelTask', { taskId: user(2) })).toMatchObject({
      kind: 'accepted',
      command: { targets: ['b001'] },
    });
    await world.engine.settle();
    expect((await world.tasks(id)).map(({ outcome }) => outcome)).toEqual([
      'succeeded',
      'cancelled',
      'succeeded',
    ]);
    expect(await world.answers(id)).toEqual(['cancelTask applied']);
  });

  it('before there is a job takes the user out', async () => {
    world = await openWorld();
    const id = await world.accept(3);
    await world.ask(id, 'pause');
    await until(world, startMs + 3_600_000);
    await world.ask(id, 'cancelTask', { taskId: user(2) });
    await world.ask(id, 'resume');
    await world.engine.settle();
    expect((await world.jobs()).map(({ resources }) => resources)).toEqual([[user(1), user(3)]]);
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 2, cancelled: 1 });
  });

  it('who is not there, or has an outcome, is refused', async () => {
    world = await openWorld({
      scenario: { users: [{ id: user(1), invalid: [{ workload: 'Teams', code: 'CTM-100' }] }] },
    });
    const id = await world.accept(3, later);
    expect(await world.ask(id, 'cancelTask', { taskId: user(99) })).toMatchObject({
      kind: 'notFound',
    });
    await batchIs(world, id, 'syncing');
    expect(await world.ask(id, 'cancelTask', { taskId: user(1) })).toMatchObject(
      conflict('tooLate'),
    );
  });
});
