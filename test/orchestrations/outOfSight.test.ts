import { afterEach, describe, expect, it } from 'vitest';
import type { Interference } from '../../local/graph-emulator/index.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { day, hour, readOf, refusal, refusals, refusing } from './refusedReads.ts';
import { openWorld, startMs, user, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

/** The effects of writes on the emulator, oldest first. */
async function effects(): Promise<string[]> {
  return (await world.log()).flatMap(({ effect }) => effect?.split(' ')[0] ?? []);
}

const batchOf = async (id: string) => (await world.stores.batches.list(id))[0];
const eventsOf = (type: string) =>
  world.stores.sent.filter((event) => JSON.stringify(event).includes(`"tenant-ferry.${type}"`));

/** What must hold whatever was refused: everybody is moved once, and nobody is on record as failed. */
async function expectTruth(id: string): Promise<void> {
  expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 2 });
  expect(await effects()).toEqual(['create', 'validate', 'migrate']);
  expect(await world.jobs()).toHaveLength(1);
}

const stuckForTwoDays = {
  jobs: [{ user: user(1), stuckIn: 'inProgress' as const, stuckSeconds: 2 * 86_400 }],
};

describe('a job that is out of sight for eight days', { timeout: 120_000 }, () => {
  // A token that is refused, nothing there, any other refusal, no answer at all, an answer of no use.
  it.each(['403', '404', 'a body of another shape'])(
    '(%s) is told of after half an hour, is unknown after seven days, and is corrected when it is seen',
    async (kind) => {
      world = await openWorld({
        scenario: stuckForTwoDays,
        interference: { before: (request) => running.before(request) },
      });
      const running = refusing(
        () => world,
        ['get job', 'find job', 'list users', 'get user'],
        refusals[kind] ?? refusal(403),
        startMs + hour,
        8 * day,
      );
      const id = await world.accept(2);
      await world.engine.settle(() => world.clock.now() > startMs + 2 * hour + 45 * 60_000);
      expect(await batchOf(id)).toMatchObject({
        phase: 'outOfSight',
        needsPerson: 'outOfSight',
        finishedAt: null,
      });
      const { delayedOperation, message } = (await batchOf(id)) ?? {};
      expect(delayedOperation).toMatchObject({ operation: 'get job' });
      expect(delayedOperation?.lastResponse).toContain('req-7');
      expect(message).toContain('req-7');
      expect(JSON.stringify(await batchOf(id))).not.toContain('lee@contoso.com');
      expect(eventsOf('person.needed')).toHaveLength(1);
      expect(world.warned.join('\n')).toContain('out of sight');

      await world.engine.settle(() => world.clock.now() > startMs + hour + 7.5 * day);
      expect((await batchOf(id))?.counts).toEqual({ ...noCounts, unknown: 2 });
      expect((await world.tasks(id)).map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
      expect(eventsOf('outcome.unknown')).toHaveLength(1);
      expect((await world.migration(id)).finishedAt).toBeNull();

      await world.engine.settle();
      await expectTruth(id);
      expect(eventsOf('outcome.corrected')).toHaveLength(1);
      expect(await batchOf(id)).toMatchObject({
        phase: 'completed',
        needsPerson: null,
        outOfSightAt: null,
        delayedOperation: null,
      });
    },
  );

  it('ends as unknown thirty days after its cutover date when it is never seen again', async () => {
    world = await openWorld({
      scenario: stuckForTwoDays,
      interference: { before: (request) => running.before(request) },
    });
    const running = refusing(
      () => world,
      ['get job', 'find job', 'list users', 'get user'],
      refusal(403),
      startMs + hour,
      1_000 * day,
    );
    const id = await world.accept(2);
    await world.engine.settle();
    const migration = await world.migration(id);
    expect(migration.counts).toEqual({ ...noCounts, unknown: 2 });
    expect(migration.phase).toBe('completedWithErrors');
    expect(world.clock.now()).toBeGreaterThan(startMs + 30 * day);
    expect(world.clock.now()).toBeLessThan(startMs + 32 * day);
    expect((await world.tasks(id))[0]?.services.at(-1)?.errors[0]).toMatchObject({
      code: 'OutOfSight',
    });
  });
});

describe('five times "not found" within minutes', () => {
  it('means nothing for a job that has been seen', async () => {
    let remaining = 5;
    world = await openWorld({
      scenario: stuckForTwoDays,
      interference: {
        before: (request) =>
          Promise.resolve(
            world.clock.now() > startMs + 4 * hour &&
              readOf(request) === 'get job' &&
              remaining-- > 0
              ? refusal(404)()
              : undefined,
          ),
      },
    });
    const id = await world.accept(2);
    await world.engine.settle();
    await expectTruth(id);
  });
});

describe('a command to a job that is out of sight', { timeout: 120_000 }, () => {
  const blind = (
    before: (request: Request) => Response | undefined = () => undefined,
  ): Interference => ({
    before: (request) => Promise.resolve(before(request) ?? running.before(request)),
  });
  let running: ReturnType<typeof refusing>;
  const reads = ['get job', 'find job', 'list users', 'get user'] as const;
  const isCancel = (request: Request): boolean =>
    request.method === 'POST' && new URL(request.url).pathname.endsWith('/cancel');

  it.each([403, 404, 500])('(%d) is sent, and stops the cutover', async (status) => {
    world = await openWorld({
      scenario: { jobs: [{ user: user(1), stuckIn: 'inProgress', stuckSeconds: 9 * 86_400 }] },
      interference: blind(),
    });
    running = refusing(() => world, reads, refusal(status), startMs + hour, 2 * day);
    const id = await world.accept(2, {
      completeAfterDateTime: new Date(startMs + 5 * day).toISOString(),
    });
    await world.engine.settle(() => world.clock.now() > startMs + 6 * hour);
    expect(await world.ask(id, 'cancel')).toMatchObject({ kind: 'accepted' });
    await world.engine.settle(() => world.clock.now() > startMs + 8 * hour);
    expect(await world.answers(id)).toEqual(['cancel applied']);
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, cancelled: 2 });
    expect(await effects()).toEqual(['create', 'validate', 'migrate', 'cancel']);
  });

  it('is unconfirmed where Graph does not take it, is tried again, and says in the end what became of it', async () => {
    let cancels = 0;
    world = await openWorld({
      scenario: { jobs: [{ user: user(1), stuckIn: 'inProgress', stuckSeconds: 9 * 86_400 }] },
      interference: blind((request) =>
        isCancel(request) && (cancels += 1) > 0 && world.clock.now() < startMs + day
          ? refusal(403)()
          : undefined,
      ),
    });
    running = refusing(() => world, reads, refusal(403), startMs + hour, 2 * day);
    const id = await world.accept(2, {
      completeAfterDateTime: new Date(startMs + 5 * day).toISOString(),
    });
    await world.engine.settle(() => world.clock.now() > startMs + 6 * hour);
    await world.ask(id, 'cancel');
    await world.engine.settle(() => world.clock.now() > startMs + 8 * hour);
    expect(await world.answers(id)).toEqual(['cancel unconfirmed']);
    expect(cancels).toBeGreaterThan(1);
    await world.engine.settle(() => world.clock.now() > startMs + 26 * hour);
    expect(await world.answers(id)).toEqual(['cancel applied']);
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, cancelled: 2 });
  });

  it('is too late, not unconfirmed, when the job is seen again past its cutover', async () => {
    world = await openWorld({
      scenario: { jobs: [{ user: user(1), stuckIn: 'inProgress', stuckSeconds: 86_400 }] },
      interference: blind((request) =>
        isCancel(request) && world.clock.now() < startMs + 3 * day ? refusal(500)() : undefined,
      ),
    });
    running = refusing(() => world, reads, refusal(403), startMs + hour, 3 * day);
    const id = await world.accept(2);
    await world.engine.settle(() => world.clock.now() > startMs + 6 * hour);
    await world.ask(id, 'cancel');
    await world.engine.settle(() => world.clock.now() > startMs + 8 * hour);
    expect(await world.answers(id)).toEqual(['cancel unconfirmed']);
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 2 });
    expect(await world.answers(id)).toEqual(['cancel tooLate']);
  });

  it('moves the cutover while the job cannot be read', async () => {
    world = await openWorld({
      scenario: { jobs: [{ user: user(1), stuckIn: 'inProgress', stuckSeconds: 86_400 }] },
      interference: blind(),
    });
    running = refusing(() => world, reads, refusal(403), startMs + hour, 2 * day);
    const id = await world.accept(2, {
      completeAfterDateTime: new Date(startMs + 3 * day).toISOString(),
    });
    await world.engine.settle(() => world.clock.now() > startMs + 6 * hour);
    await world.ask(id, 'reschedule', {
      completeAfterDateTime: new Date(startMs + 6 * day).toISOString(),
    });
    await world.engine.settle(() => world.clock.now() > startMs + 8 * hour);
    expect(await world.answers(id)).toEqual(['reschedule applied']);
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 2 });
    expect(world.clock.now()).toBeGreaterThan(startMs + 6 * day);
  });
});

describe('an operation that is tried again', () => {
  it('is shown in the batch with its name, its start and the last response', async () => {
    let creates = 0;
    const passed = {
      error: {
        code: 'BadArgument',
        message: 'lee@contoso.com: the date has passed',
        details: [{ code: 'minThresholdFailed', target: 'completeAfterDateTime', message: 'm' }],
      },
    };
    world = await openWorld({
      interference: {
        before: (request) =>
          Promise.resolve(
            request.method === 'POST' &&
              new URL(request.url).pathname.endsWith('/crossTenantMigrationJobs') &&
              (creates += 1) < 12
              ? Response.json(passed, { status: 422, headers: { 'request-id': 'req-8' } })
              : undefined,
          ),
      },
    });
    const id = await world.accept(2);
    await world.engine.settle(() => creates === 8);
    const { delayedOperation } = (await batchOf(id)) ?? {};
    expect(delayedOperation).toEqual({
      operation: 'create job',
      sinceAt: new Date(startMs).toISOString(),
      lastResponse:
        'status 422 (BadArgument, minThresholdFailed), request-id req-8: (address): the date has passed',
    });
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 2 });
    expect((await batchOf(id))?.delayedOperation).toBeNull();
  });

  it('hears a cancel between two tries of a create', async () => {
    world = await openWorld({
      interference: {
        before: (request) =>
          Promise.resolve(
            request.method === 'POST' &&
              new URL(request.url).pathname.endsWith('/crossTenantMigrationJobs')
              ? refusal(429, { 'retry-after': '1800' })()
              : undefined,
          ),
      },
    });
    const id = await world.accept(2);
    await world.engine.settle(() => world.clock.now() > startMs + 5 * hour);
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, cancelled: 2 });
    expect(await world.answers(id)).toEqual(['cancel applied']);
    expect(await world.jobs()).toHaveLength(0);
  });
});
