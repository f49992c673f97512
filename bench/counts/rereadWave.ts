import { openWorld } from '../../test/orchestrations/world.ts';
import { extended, monitorWakeUps } from './monitorGrowth.ts';

const usersPerBatch = 100;
const checkSeconds = 900;

export interface Reread {
  readonly looksPerJob: number;
  readonly bytesReadPerJob: number;
}

export interface WaveSize {
  readonly batches: number;
  /** From acceptance to the cutover. */
  readonly days: number;
}

/** A wave from acceptance to its summary: all history that any orchestrator was handed. */
export async function ourReread(seed: number, { batches, days }: WaveSize): Promise<Reread> {
  const world = await openWorld({ scenario: { seed } });
  try {
    const cutover = new Date(world.clock.now() + days * 86_400_000).toISOString();
    await world.accept(batches * usersPerBatch, { completeAfterDateTime: cutover });
    await world.engine.settle();
    const { turns } = world.engine;
    const polls = turns.filter(({ name, events }) => name === 'watch' && events === 2).length;
    return {
      looksPerJob: polls / batches,
      bytesReadPerJob: turns.reduce((sum, { bytes }) => sum + bytes, 0) / batches,
    };
  } finally {
    await world.close();
  }
}

/** The monitor loop over so many days, a look each quarter of an hour; `runLooks` of them are run. */
export async function monitorReread(runLooks: number, days: number): Promise<Reread> {
  const at = extended(await monitorWakeUps(runLooks));
  const polls = (days * 86_400) / checkSeconds;
  let bytesRead = 0;
  for (let look = 1; look <= polls; look += 1) bytesRead += at(look).bytesRead;
  return { looksPerJob: polls, bytesReadPerJob: bytesRead };
}
