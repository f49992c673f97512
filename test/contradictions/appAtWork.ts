import { expect } from 'vitest';
import { startMs } from '../../local/functions-host/test/durable/engineHarness.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import type { World } from '../orchestrations/world.ts';

export const day = 86_400_000;

/** An instant so many days after the start. */
export const inDays = (days: number): string => new Date(startMs + days * day).toISOString();

/** Runs a migration of `count` users to its end and expects all of them to have been moved. */
export async function movesEverybody(
  app: World,
  count: number,
  changes: object = {},
): Promise<string> {
  const id = await app.accept(count, changes);
  await app.engine.settle();
  expect(await app.migration(id)).toMatchObject({
    phase: 'completed',
    counts: { ...noCounts, succeeded: count },
  });
  return id;
}

/** What took effect at the emulator, in order: `create`, `validate`, `migrate` and so on. */
export async function effects(app: World): Promise<readonly string[]> {
  return (await app.log()).flatMap(({ effect }) =>
    effect === null ? [] : [effect.split(' ')[0] ?? ''],
  );
}

/** Lets the time pass until the first batch is in a phase. */
export async function untilPhase(app: World, id: string, phase: string): Promise<void> {
  for (let steps = 0; steps < 5_000; steps += 1) {
    await app.engine.host.idle();
    if ((await app.stores.batches.list(id))[0]?.phase === phase) return;
    if (!app.clock.step()) break;
  }
  throw new Error(`the batch never became ${phase}`);
}

/** Lets days pass. */
export async function untilDay(app: World, days: number): Promise<void> {
  await app.engine.settle(() => app.clock.now() >= startMs + days * day);
}
