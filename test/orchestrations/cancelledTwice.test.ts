import { afterEach, expect, it } from 'vitest';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { openWorld, user, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

it('a user whose cancellation took effect although there was no response is cancelled, and the command result says so', async () => {
  let lost = 0;
  world = await openWorld({
    interference: {
      after: (request) => {
        if (!/\/users\/[^/]+\/cancel$/.test(request.url) || lost > 0)
          return Promise.resolve(undefined);
        lost += 1;
        return Promise.reject(new Error('the connection was reset'));
      },
    },
  });
  const id = await world.accept(3, { completeAfterDateTime: '2026-11-26T08:00:00Z' });
  await world.engine.settle(() => world.clock.now() > Date.parse('2026-11-21T08:00:00Z'));
  await world.ask(id, 'cancelTask', { taskId: user(2) });
  await world.engine.settle();
  expect(lost).toBe(1);
  expect(await world.answers(id)).toEqual(['cancelTask applied']);
  expect((await world.migration(id)).counts).toEqual({ ...noCounts, succeeded: 2, cancelled: 1 });
});
