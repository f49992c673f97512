import { openWorld, user } from '../../test/orchestrations/world.ts';
import { type WakeUp, wakeUpsOf } from './wakeUps.ts';

/** Watches a job of 100 users that never ends, for so many looks; the wake-ups of the watch, one a look. */
export async function ourWakeUps(polls: number): Promise<readonly WakeUp[]> {
  const world = await openWorld({ scenario: { jobs: [{ user: user(1), stuckIn: 'inProgress' }] } });
  try {
    // So far away that the cadence never leaves the half hour.
    await world.accept(100, { completeAfterDateTime: '2036-12-01T22:00:00Z' });
    // A generation starts with two events; the looks while the job is validated come before those that count.
    let seen = 0;
    let generations = 0;
    const { turns } = world.engine;
    const watches = (): number => {
      for (; seen < turns.length; seen += 1) {
        const turn = turns[seen];
        if (turn?.name === 'watch' && turn.events === 2) generations += 1;
      }
      return generations;
    };
    await world.engine.settle(() => watches() > polls + 40);
    const watched = turns.filter(({ name }) => name === 'watch');
    const lastId = watched.at(-1)?.instanceId;
    return wakeUpsOf(
      watched.filter(({ instanceId }) => instanceId === lastId),
      ({ events }) => events === 2,
    ).slice(0, polls);
  } finally {
    await world.close();
  }
}
