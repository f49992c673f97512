import { startMs, type World } from './world.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** A date so many days after the world began. */
export const inDays = (days: number): string => new Date(startMs + days * day).toISOString();

/** The refusal of a command that does not fit the state of the migration. */
export const conflict = (code: string) => ({ kind: 'conflict', code });

/** Lets the world go on until this instant. */
export const until = (world: World, ms: number): Promise<void> =>
  world.engine.settle(() => world.clock.now() >= ms);

/** Lets the world go on for this long. */
export const after = (world: World, ms: number): Promise<void> =>
  until(world, world.clock.now() + ms);

/** Lets the world go on until a batch of the migration is in this phase: any, or the one that is named. */
export async function batchIs(
  world: World,
  id: string,
  phase: string,
  batchId?: string,
): Promise<void> {
  for (let steps = 0; steps < 5_000; steps += 1) {
    await world.engine.host.idle();
    const batches = await world.stores.batches.list(id);
    if (
      batches.some((batch) => batch.phase === phase && batch.batchId === (batchId ?? batch.batchId))
    )
      return;
    if (!world.clock.step()) break;
  }
  throw new Error(`no batch ever became ${phase}`);
}

/** What the calls to Graph have changed, in their order: `create`, `validate`, … */
export async function effectsOf(world: World): Promise<readonly string[]> {
  return (await world.log()).flatMap(({ effect }) => effect?.split(' ')[0] ?? []);
}
