import { afterEach, describe, expect, it } from 'vitest';
import { acceptFreeze } from '../../shared/intake/freeze.ts';
import { createdIn, outcomesOf, site } from './sharePointSamples.ts';
import { openWorld, startMs, type World } from './world.ts';
import { day, until } from './worldSteps.ts';

let world: World;
afterEach(() => world.close());

const ask = (kind: 'freeze' | 'unfreeze') =>
  acceptFreeze({ kind, by: null, reason: null }, undefined, world.services);

describe('a freeze', { timeout: 300_000 }, () => {
  it('of forty days is no delay of Graph’s: a look-up that is refused right after it fails nobody', async () => {
    let asked: Promise<unknown> | undefined;
    let isRefused = false;
    world = await openWorld({
      onInvoked: ({ functionName }) => {
        if (functionName === 'takeQuota') asked ??= ask('freeze');
      },
      interference: {
        before: (request) =>
          Promise.resolve(
            isRefused && request.method === 'GET' && request.url.includes('getBySourceSiteUrl')
              ? Response.json({ error: { code: 'accessDenied', message: 'm' } }, { status: 403 })
              : undefined,
          ),
      },
    });
    const id = await world.acceptSharePoint([site('a')]);
    await until(world, startMs + 40 * day);
    await asked;
    expect(await createdIn(world)).toBe(0);
    isRefused = true;
    await ask('unfreeze');
    await until(world, startMs + 41 * day);
    expect(await outcomesOf(world, id)).toEqual([null]);
    isRefused = false;
    await world.engine.settle();
    expect(await outcomesOf(world, id)).toEqual(['succeeded']);
  });
});
