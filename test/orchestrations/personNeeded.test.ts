import { afterEach, describe, expect, it } from 'vitest';
import { outcomeMessageSchema } from '../../shared/contracts/outcomeEvent.ts';
import { openWorld, user, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

const events = () => world.stores.sent.map((event) => outcomeMessageSchema.parse(event));

describe('a person is needed', () => {
  it.each([
    ['adminActionRequired', { stuckIn: 'adminActionRequired' as const, stuckSeconds: 3 * 86_400 }],
    ['notCuttingOver', { stuckIn: 'inProgress' as const, stuckSeconds: 2 * 86_400 }],
  ])('when the job is %s: told once, shown while it lasts', async (need, stuck) => {
    world = await openWorld({ scenario: { jobs: [{ user: user(1), ...stuck }] } });
    const id = await world.accept(1);
    await world.engine.settle(() => events().length > 0);
    expect(events()).toMatchObject([
      { type: 'tenant-ferry.person.needed', data: { migrationId: id, need } },
    ]);
    await world.engine.host.idle();
    expect((await world.stores.batches.list(id))[0]).toMatchObject({ needsPerson: need });
    await world.engine.settle();
    expect((await world.stores.batches.list(id))[0]).toMatchObject({
      needsPerson: null,
      phase: 'completed',
    });
    expect(events().filter(({ type }) => type === 'tenant-ferry.person.needed')).toHaveLength(1);
  });
});
