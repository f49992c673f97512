import { afterEach, describe, expect, it } from 'vitest';
import { outcomeMessageSchema } from '../../../shared/contracts/outcomeEvent.ts';
import { noCounts } from '../../../shared/domain/outcomes.ts';
import { openWorld, startMs, user, type World } from '../world.ts';
import { batchIs, conflict, day, effectsOf, inDays } from '../worldSteps.ts';

let world: World;
afterEach(() => world.close());

const events = () => world.stores.sent.map((event) => outcomeMessageSchema.parse(event));
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
    expect((await effectsOf(world)).filter((effect) => effect === 'migrate')).toHaveLength(3);
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
    await batchIs(world, id, 'cuttingOver');
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
    await batchIs(world, id, 'failed');
    await world.ask(id, 'retry');
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'completed',
      counts: { ...noCounts, succeeded: 2 },
    });
    expect(world.clock.now()).toBeGreaterThan(startMs + 2 * day);
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
    expect((await effectsOf(world)).filter((effect) => effect === 'migrate')).toHaveLength(2);
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
    await batchIs(world, id, 'failed');
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, invalid: 1, cancelled: 1 });
    await world.ask(id, 'retry');
    await batchIs(world, id, 'validating');
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, cancelled: 2 });
    expect(await world.answers(id)).toEqual(['cancel applied', 'retry applied', 'cancel applied']);
  });
});
