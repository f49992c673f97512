import { afterEach, describe, expect, it } from 'vitest';
import type { Interference } from '../../local/graph-emulator/index.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { openWorld, startMs, user, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

const isCreate = (request: Request): boolean =>
  request.method === 'POST' && new URL(request.url).pathname.endsWith('/crossTenantMigrationJobs');
const isLookUp = (request: Request): boolean =>
  request.method === 'GET' &&
  decodeURIComponent(request.url).includes("crossTenantMigrationJobs(displayName='");
const isList = (request: Request): boolean =>
  request.method === 'GET' && new URL(request.url).pathname.endsWith('/users');

/** The first create takes effect and nobody hears of it; the first `refusals` looks for its job are refused. */
function lostAndRefused(refusals: number): Interference {
  let creates = 0;
  let polls = 0;
  return {
    before: (request) =>
      Promise.resolve(
        isLookUp(request) && (polls += 1) <= refusals
          ? Response.json({ error: { code: 'accessDenied', message: 'm' } }, { status: 403 })
          : undefined,
      ),
    after: (request) =>
      isCreate(request) && (creates += 1) === 1
        ? Promise.reject(new Error('the connection was reset'))
        : Promise.resolve(undefined),
  };
}

describe('a job whose create had no response', () => {
  it('is adopted although Graph refuses the first looks for it', async () => {
    world = await openWorld({ interference: lostAndRefused(3) });
    const id = await world.accept(2);
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 2 });
    expect(await world.jobs()).toHaveLength(1);
  });

  it('is looked for as long as Graph refuses to tell, and shown to be; after seven days its users are unknown', async () => {
    world = await openWorld({ interference: lostAndRefused(500) });
    const id = await world.accept(2);
    await world.engine.settle(() => world.clock.now() > startMs + 86_400_000);
    expect((await world.stores.batches.list(id))[0]).toMatchObject({
      finishedAt: null,
      counts: { ...noCounts, pending: 2 },
      delayedOperation: { operation: 'find job' },
    });
    await world.engine.settle(() => world.clock.now() > startMs + 8 * 86_400_000);
    expect((await world.stores.batches.list(id))[0]?.counts).toEqual({ ...noCounts, unknown: 2 });
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 2 });
    expect(await world.jobs()).toHaveLength(1);
  });

  it('is found by the second run of an activity whose worker stopped during the first', async () => {
    let isLost = false;
    world = await openWorld({
      wrap: ({ jobs, ...services }) => ({
        ...services,
        jobs: {
          ...jobs,
          createJob: async (job) => {
            // The create that the second run sends is throttled: it would say that nothing has happened.
            if (isLost)
              return {
                kind: 'retryAfter',
                seconds: 3_600,
                problem: {
                  httpStatus: 429,
                  code: 'tooManyRequests',
                  codes: [],
                  message: 'm',
                  requestId: 'req-9',
                  clientRequestId: null,
                },
              };
            await jobs.createJob(job);
            isLost = true;
            throw new Error('the worker is gone');
          },
        },
      }),
    });
    const id = await world.accept(2);
    await world.engine.settle(() => isLost);
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect((await world.jobs()).map(({ status }) => status)).toEqual(['cancelled']);
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, cancelled: 2 });
  });

  it('is cancelled when it comes into sight only after the last look', async () => {
    let creates = 0;
    let polls = 0;
    world = await openWorld({
      interference: {
        before: (request) =>
          Promise.resolve(
            isLookUp(request) && (polls += 1) <= 4
              ? Response.json({ error: { code: 'itemNotFound', message: 'm' } }, { status: 404 })
              : undefined,
          ),
        after: (request) =>
          isCreate(request) && (creates += 1) === 1
            ? Promise.reject(new Error('the connection was reset'))
            : Promise.resolve(undefined),
      },
    });
    const id = await world.accept(2);
    await world.engine.settle(() => polls === 4);
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect((await world.jobs()).map(({ status }) => status)).toEqual(['cancelled']);
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, cancelled: 2 });
  });

  it.each(['was shown by its name once', 'has a name that Graph calls taken'])(
    'is not believed to be absent after minutes when it %s',
    async (kind) => {
      const isShown = kind.startsWith('was');
      let creates = 0;
      let polls = 0;
      const notThere = () =>
        Response.json({ error: { code: 'itemNotFound', message: 'm' } }, { status: 404 });
      world = await openWorld({
        interference: {
          before: (request) => {
            const isHidden = world.clock.now() < startMs + 3 * 3_600_000;
            if (isLookUp(request)) polls += 1;
            return Promise.resolve(
              isHidden && (isList(request) || (isLookUp(request) && (polls > 1 || !isShown)))
                ? notThere()
                : undefined,
            );
          },
          after: (request) =>
            isCreate(request) && (creates += 1) === 1
              ? Promise.reject(new Error('the connection was reset'))
              : Promise.resolve(undefined),
        },
      });
      const id = await world.accept(2);
      await world.engine.settle(() => world.clock.now() > startMs + 3_600_000);
      await world.ask(id, 'cancel');
      await world.engine.settle();
      expect((await world.jobs()).map(({ status }) => status)).toEqual(['cancelled']);
      expect((await world.migration(id)).counts).toEqual({ ...noCounts, cancelled: 2 });
    },
  );

  it('is waited for without a loop while a command cannot be handled yet', async () => {
    let runs = 0;
    const refusesAll: Interference = {
      before: (request) =>
        isCreate(request)
          ? Promise.reject(new Error('the connection was reset'))
          : Promise.resolve(undefined),
    };
    world = await openWorld({
      interference: refusesAll,
      onInvoked: ({ functionName }) => {
        if (functionName === 'operation' && (runs += 1) > 2_000)
          throw new Error('an orchestration runs in circles');
      },
    });
    const id = await world.accept(2);
    // In the middle of its third wait.
    await world.engine.settle(() => world.clock.now() > startMs + 5 * 60_000);
    await world.ask(id, 'cancelTask', { taskId: user(1) });
    await world.engine.settle(() => world.clock.now() > startMs + 3_600_000);
    expect(runs).toBeLessThan(150);
    const before = runs;
    await world.engine.settle(() => world.clock.now() > startMs + 10 * 3_600_000);
    // The intervals between creates without a response grow.
    expect(runs - before).toBeLessThan(400);
  });

  it('is adopted although a list of its users leaves one out', async () => {
    let lists = 0;
    const lost = lostAndRefused(0);
    world = await openWorld({
      interference: {
        ...lost,
        before: (request) =>
          Promise.resolve(
            isList(request) && (lists += 1) === 1
              ? Response.json({ value: [{ id: user(1), currentStatus: [] }] })
              : undefined,
          ),
      },
    });
    const id = await world.accept(2);
    await world.engine.settle();
    expect(lists).toBeGreaterThan(1);
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 2 });
    expect(await world.jobs()).toHaveLength(1);
  });
});
