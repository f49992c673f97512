import { afterEach, describe, expect, it } from 'vitest';
import type { Interference } from '../../local/graph-emulator/index.ts';
import { acceptFreeze } from '../../shared/intake/freeze.ts';
import { createdIn, createsIn, lost, outcomesOf, site, tasksPath } from './sharePointSamples.ts';
import { openWorld, startMs, type World } from './world.ts';
import { day, hour, until } from './worldSteps.ts';

let world: World;
afterEach(() => world.close());

const notFound = (): Response =>
  Response.json({ error: { code: 'itemNotFound', message: 'm' } }, { status: 404 });
const denied = (): Response =>
  Response.json({ error: { code: 'accessDenied', message: 'm' } }, { status: 403 });
const isRead = (request: Request): boolean =>
  request.method === 'GET' && request.url.includes(tasksPath);
const isCreate = (request: Request): boolean =>
  request.method === 'POST' && request.url.endsWith(tasksPath);

/** A task ends half an hour after its create. */
const scenario = {
  sharePoint: { timings: { queue: { min: 60, max: 60 }, migration: { min: 1_800, max: 1_800 } } },
} as const;
/** The first create takes effect, and its response is lost; `answer` says what a call gets instead of Graph's response. */
const lostWith = (
  answer: (request: Request, hours: number) => Response | undefined,
): Interference => ({
  ...lost(1),
  before: (request) => Promise.resolve(answer(request, (world.clock.now() - startMs) / hour)),
});

describe('a create that may have taken effect', { timeout: 120_000 }, () => {
  it('is noted in the row before it is sent, with the task that the source had before', async () => {
    const notes: unknown[] = [];
    let id = '';
    world = await openWorld({
      interference: {
        before: async (request) => {
          if (isCreate(request)) notes.push((await world.tasks(id))[0]?.creation);
          return undefined;
        },
      },
    });
    id = await world.acceptSharePoint([site('a')]);
    await world.engine.settle();
    expect(notes).toEqual([
      { state: 'sent', sentAt: expect.any(String) as string, previousTaskId: null },
    ]);
    expect((await world.tasks(id))[0]).toMatchObject({ outcome: 'succeeded', creation: null });
  });

  it('is not repeated because of a single 404, hours after it', async () => {
    let isTold = false;
    world = await openWorld({
      scenario,
      interference: lostWith((request, hours) => {
        if (!isRead(request) || hours === 0 || isTold) return undefined;
        if (hours < 3) return denied();
        isTold = true;
        return notFound();
      }),
    });
    const id = await world.acceptSharePoint([site('a')]);
    await world.engine.settle();
    expect(isTold).toBe(true);
    expect(await outcomesOf(world, id)).toEqual(['succeeded']);
    expect(await createsIn(world)).toHaveLength(1);
  });

  it('is repeated once Graph has responded with nothing but 404 for a day', async () => {
    world = await openWorld({
      interference: {
        before: (request) => {
          const hours = (world.clock.now() - startMs) / hour;
          if (isCreate(request) && hours === 0)
            return Promise.reject(new Error('the connection was reset'));
          return Promise.resolve(isRead(request) && hours > 0 && hours < 3 ? denied() : undefined);
        },
      },
    });
    const id = await world.acceptSharePoint([site('a')]);
    await until(world, startMs + 26 * hour);
    expect(await createdIn(world)).toBe(0);
    await until(world, startMs + 28 * hour);
    expect(await createdIn(world)).toBe(1);
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded']);
  });

  it('that a freeze keeps from being repeated leaves a cancel unconfirmed, not applied', async () => {
    let asked: Promise<unknown> | undefined;
    world = await openWorld({
      scenario,
      interference: {
        ...lost(1),
        before: async (request) => {
          if (isCreate(request))
            await (asked ??= acceptFreeze(
              { kind: 'freeze', by: null, reason: null },
              undefined,
              world.services,
            ));
          const hours = (world.clock.now() - startMs) / hour;
          return isRead(request) && hours > 0 && hours < 12 ? notFound() : undefined;
        },
      },
    });
    const id = await world.acceptSharePoint([site('a')]);
    await until(world, startMs + 10 * hour);
    await world.ask(id, 'cancel');
    await until(world, startMs + 11 * hour);
    expect(await world.answers(id)).toEqual(['cancel unconfirmed']);
    expect(await outcomesOf(world, id)).toEqual([null]);
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded']);
    expect(await createdIn(world)).toBe(1);
  });

  it('and whose repetition is refused has not failed before its absence is certain', async () => {
    world = await openWorld({
      scenario,
      interference: lostWith((request, hours) => {
        if (hours === 0 || hours > 6) return undefined;
        if (isRead(request)) return notFound();
        return isCreate(request) ? denied() : undefined;
      }),
    });
    const id = await world.acceptSharePoint([site('a')]);
    await until(world, startMs + 5 * hour);
    expect(await outcomesOf(world, id)).toEqual([null]);
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded']);
    expect(await createdIn(world)).toBe(1);
  });

  it('and whose task has ended out of sight is found by a new orchestration of it', async () => {
    world = await openWorld({
      scenario,
      interference: lostWith((request, hours) =>
        isRead(request) && hours > 0 && hours < 2 ? denied() : undefined,
      ),
    });
    const id = await world.acceptSharePoint([site('a')]);
    await until(world, startMs + 1.5 * hour);
    await world.engine.call('POST', `instances/${id}-b001-t1/terminate?reason=mistake`);
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded']);
    expect(await createdIn(world)).toBe(1);
  });

  it('of an earlier run is not repeated because of a few 404s to its id and its source', async () => {
    let reads = 0;
    world = await openWorld({
      scenario,
      interference: {
        before: (request) => {
          const days = (world.clock.now() - startMs) / day;
          if (!isRead(request) || days < 0.01) return Promise.resolve(undefined);
          if (days < 45) return Promise.resolve(denied());
          reads += 1;
          return Promise.resolve(reads <= 3 ? notFound() : undefined);
        },
      },
    });
    const id = await world.acceptSharePoint([site('a')]);
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['unknown']);
    await until(world, startMs + 50 * day);
    await world.ask(id, 'retry');
    await world.engine.settle();
    expect(reads).toBeGreaterThan(3);
    expect(await outcomesOf(world, id)).toEqual(['succeeded']);
    expect(await createdIn(world)).toBe(1);
  });

  it('is repeated while Graph shows the task of an earlier run as the last of its source', async () => {
    let creates = 0;
    let lostMs = 0;
    let reads = 0;
    world = await openWorld({
      scenario: {
        sharePoint: {
          sources: [
            {
              source: 'sites/a$',
              failed: { code: 'MnAMoveJobCreationFailed' },
              failedTimes: 1,
            },
          ],
        },
      },
      interference: {
        before: (request) => {
          if (isCreate(request)) creates += 1;
          if (isCreate(request) && creates === 2) {
            lostMs = world.clock.now();
            return Promise.reject(new Error('the connection was reset'));
          }
          if (creates !== 2 || !isRead(request)) return Promise.resolve(undefined);
          // All look-ups of the first half hour are refused, and every second one after it, so
          // that no series of them is unbroken.
          reads += 1;
          const isRefused = world.clock.now() - lostMs < hour / 2 || reads % 2 === 0;
          return Promise.resolve(isRefused ? denied() : undefined);
        },
      },
    });
    const id = await world.acceptSharePoint([site('a')]);
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['failed']);
    await world.ask(id, 'retry');
    await until(world, world.clock.now() + day);
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded']);
    expect(await createdIn(world)).toBe(2);
    expect(world.clock.now()).toBeLessThan(startMs + 3 * day);
  });
});
