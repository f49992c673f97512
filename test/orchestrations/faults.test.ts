import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Interference } from '../../local/graph-emulator/index.ts';
import { parseJson } from '../../shared/contracts/text.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { openWorld, startMs, user, type World } from './world.ts';

const day = 86_400_000;

let world: World;
afterEach(() => world.close());

/** Responds instead of the emulator to paths that end in `path`, as long as `holds`. */
const instead = (end: string, holds: () => boolean, answer: () => Response): Interference => ({
  before: (request) =>
    Promise.resolve(
      new URL(request.url).pathname.endsWith(end) && request.method === 'POST' && holds()
        ? answer()
        : undefined,
    ),
});

/** Lets the request take effect but drops the response, the first `times` times. */
function lost(end: string, times: number): Interference {
  let remaining = times;
  return {
    after: (request) => {
      if (
        !new URL(request.url).pathname.endsWith(end) ||
        request.method !== 'POST' ||
        remaining === 0
      )
        return Promise.resolve(undefined);
      remaining -= 1;
      return Promise.reject(new Error('the connection was reset'));
    },
  };
}

describe('a call without a response', () => {
  it.each(['/crossTenantMigrationJobs', '/validate', '/migrate', '/cancel'])(
    'to %s leads to no second job and no second action',
    async (end) => {
      world = await openWorld({
        interference: lost(end, 1),
        scenario: { users: [{ id: user(1), invalid: [{ workload: 'Teams', code: 'CTM-100' }] }] },
      });
      const id = await world.accept(3);
      await world.engine.settle();
      expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 2, invalid: 1 });
      expect((await world.jobs()).map(({ status }) => status)).toEqual(['cancelled', 'completed']);
      const effects = (await world.log())
        .map(({ effect }) => effect?.split(' ')[0])
        .filter((effect) => effect !== undefined);
      expect(effects).toEqual(['create', 'validate', 'cancel', 'create', 'validate', 'migrate']);
    },
  );
});

describe('throttling', () => {
  it('is waited out on a durable timer, however long it lasts', async () => {
    const untilMs = Date.parse('2026-11-20T20:00:00Z');
    world = await openWorld({
      interference: instead(
        '/validate',
        () => world.clock.now() < untilMs,
        () => new Response(null, { status: 429, headers: { 'retry-after': '1800' } }),
      ),
    });
    const id = await world.accept(1);
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');
  });

  it('that lasts for days is shown and waited out, and a command is heard meanwhile', async () => {
    world = await openWorld({
      interference: instead(
        '/migrate',
        () => true,
        () =>
          new Response(null, {
            status: 503,
            headers: { 'retry-after': '3600', 'request-id': 'req-5' },
          }),
      ),
    });
    const id = await world.accept(2);
    await world.engine.settle(() => world.clock.now() > Date.parse('2026-11-24T08:00:00Z'));
    expect((await world.stores.batches.list(id))[0]).toMatchObject({
      finishedAt: null,
      counts: { ...noCounts, pending: 2 },
      delayedOperation: { operation: 'migrate job', lastResponse: 'status 503, request-id req-5' },
    });
    // Since the first refusal, not since the last one.
    expect((await world.stores.batches.list(id))[0]?.delayedOperation?.sinceAt).toMatch(
      /^2026-11-20T/,
    );
    await world.ask(id, 'cancel');
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, cancelled: 2 });
    expect(await world.answers(id)).toEqual(['cancel applied']);
  });
});

describe('a long outage', () => {
  const hourly = (end: string, hours: number): Interference => ({
    before: (request) => {
      const isOut =
        world.clock.now() < Date.parse('2026-11-20T08:00:00Z') + hours * 3_600_000 &&
        new URL(request.url).pathname.endsWith(end);
      return Promise.resolve(
        isOut ? new Response(null, { status: 429, headers: { 'retry-after': '3600' } }) : undefined,
      );
    },
  });

  it.each(['/crossTenantMigrationJobs', '/validate', '/migrate', '/users'])(
    'at %s makes no history long',
    async (end) => {
      let longest = 0;
      world = await openWorld({
        interference: hourly(end, 40),
        onInvoked: ({ inputData }) => {
          const payload = z
            .object({ history: z.array(z.unknown()).default([]) })
            .catch({ history: [] })
            .parse(parseJson(inputData[0]?.data.string ?? ''));
          longest = Math.max(longest, payload.history.length);
        },
      });
      const id = await world.accept(2);
      await world.engine.settle();
      expect((await world.migration(id)).phase).toBe('completed');
      expect(world.clock.now()).toBeGreaterThan(Date.parse('2026-11-22T00:00:00Z'));
      expect(longest).toBeLessThan(150);
    },
  );
});

describe('a validation that has expired', () => {
  const expires = (times: number): Interference =>
    instead(
      '/migrate',
      () => times-- > 0,
      () =>
        Response.json(
          { error: { code: 'Conflict', message: 'The validation is older than seven days.' } },
          { status: 409 },
        ),
    );

  it('is done again in a fresh job where Graph does not renew it, and the old one is cancelled first', async () => {
    // The emulator takes this pass for a young one and refuses to validate again.
    world = await openWorld({ interference: expires(1) });
    const id = await world.accept(2);
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');
    expect((await world.jobs()).map(({ status }) => status)).toEqual(['cancelled', 'completed']);
    const effects = (await world.log())
      .map(({ effect }) => effect?.split(' ')[0])
      .filter((effect) => effect !== undefined);
    expect(effects).toEqual(['create', 'validate', 'cancel', 'create', 'validate', 'migrate']);
  });

  it('and finds invalid users when it is renewed holds the batch where the request says so', async () => {
    let validations = 0;
    const isNowInvalid = (): boolean => validations === 2;
    world = await openWorld({
      wrap: ({ jobs, ...services }) => ({
        ...services,
        jobs: {
          ...jobs,
          validateJob: (jobId) => {
            validations += 1;
            return jobs.validateJob(jobId);
          },
          getJob: async (jobId) => {
            const read = await jobs.getJob(jobId);
            return read.kind === 'done' && read.value.status === 'validatePassed' && isNowInvalid()
              ? { ...read, value: { ...read.value, status: 'validateFailed' } }
              : read;
          },
          listJobTasks: async (jobId) => {
            const read = await jobs.listJobTasks(jobId);
            if (read.kind !== 'done' || !isNowInvalid()) return read;
            const value = read.value.map((task) => ({
              ...task,
              services: task.services.map((service) =>
                task.id === user(1) ? { ...service, status: 'invalid' } : service,
              ),
            }));
            return { ...read, value };
          },
        },
      }),
    });
    const id = await world.accept(2, { onInvalid: 'hold' });
    await world.engine.settle(() => validations === 1);
    await world.ask(id, 'pause');
    await world.engine.settle(() => world.clock.now() >= startMs + 9 * day);
    await world.ask(id, 'resume');
    await world.engine.settle(() => world.clock.now() >= startMs + 10 * day);
    expect((await world.stores.batches.list(id))[0]).toMatchObject({
      phase: 'held',
      needsPerson: 'invalidUsers',
    });
    expect(await world.jobs()).toHaveLength(1);
    await world.ask(id, 'revalidate', { continueWithout: true });
    await world.engine.settle();
    expect((await world.tasks(id)).map(({ outcome }) => outcome)).toEqual(['invalid', 'succeeded']);
    expect((await world.jobs()).map(({ status }) => status)).toEqual(['cancelled', 'completed']);
  });
});

describe('a cutover date that has passed on its way to Graph', () => {
  it('is sent again as a later one', async () => {
    let refusals = 2;
    const passed = {
      error: {
        code: 'BadArgument',
        message: 'm',
        details: [{ code: 'minThresholdFailed', target: 'completeAfterDateTime', message: 'm' }],
      },
    };
    world = await openWorld({
      interference: instead(
        '/crossTenantMigrationJobs',
        () => refusals-- > 0,
        () => Response.json(passed, { status: 422 }),
      ),
    });
    const id = await world.accept(2);
    await world.engine.settle();
    expect((await world.migration(id)).phase).toBe('completed');
  });
});

describe('a refusal', () => {
  it('ends the batch with its reason and the request-id, and every user with the batch', async () => {
    world = await openWorld({
      interference: instead(
        '/crossTenantMigrationJobs',
        () => true,
        () =>
          Response.json(
            { error: { code: 'accessDenied', message: 'lee@contoso.com may not' } },
            { status: 403, headers: { 'request-id': 'req-1' } },
          ),
      ),
    });
    const id = await world.accept(2);
    await world.engine.settle();
    expect(await world.migration(id)).toMatchObject({
      phase: 'failed',
      counts: { ...noCounts, failed: 2 },
    });
    const batch = (await world.stores.batches.list(id))[0];
    expect(batch?.message).toBe(
      'Graph refused to create the job: status 403 (accessDenied), request-id req-1',
    );
    expect(JSON.stringify(world.stores.sent)).not.toContain('lee@contoso.com');
  });
});

describe('storage that is out of reach for a while', () => {
  it('delays the record and loses nothing', async () => {
    let failures = 0;
    world = await openWorld({
      wrap: (services) => ({
        ...services,
        stores: {
          ...services.stores,
          tasks: {
            ...services.stores.tasks,
            save: (tasks) => {
              failures += 1;
              return failures <= 4
                ? Promise.reject(new Error('storage is out of reach'))
                : services.stores.tasks.save(tasks);
            },
          },
        },
      }),
    });
    const id = await world.accept(3);
    await world.engine.settle();
    expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 3 });
    expect(failures).toBeGreaterThan(4);
  });
});
