import { runMany, seedsFrom } from './runMany.ts';
import type { Mechanism } from './sabotage.ts';
import type { RunResult } from './simulateRun.ts';
import type { WorkerPool } from './workerPool.ts';

/** How the simulation has found out that a mechanism is off. */
export interface Found {
  readonly seed: number;
  /** Runs until then. */
  readonly runs: number;
  readonly broken: readonly string[];
}

/** Runs with a mechanism switched off until a promise is broken that holds with it, at most `runs` times; undefined when none was. */
export async function searchMutation(
  off: Mechanism,
  first: number,
  runs: number,
  workers: number | WorkerPool,
): Promise<Found | undefined> {
  let count = 0;
  for (let from = first; from < first + runs;) {
    const failed: RunResult[] = [];
    await runMany({
      seeds: seedsFrom(from, first + runs - from),
      workers,
      off,
      onRun: (result) => {
        count += 1;
        if (result.broken.length > 0) failed.push(result);
        return failed.length === 0;
      },
    });
    const [found] = failed.toSorted((a, b) => a.seed - b.seed);
    if (found === undefined) return undefined;
    if (await isSound(found.seed, workers))
      return { seed: found.seed, runs: count, broken: found.broken };
    from = found.seed + 1;
  }
  return undefined;
}

async function isSound(seed: number, workers: number | WorkerPool): Promise<boolean> {
  let isSound = false;
  await runMany({
    seeds: [seed],
    workers,
    onRun: ({ broken }) => {
      isSound = broken.length === 0;
      return true;
    },
  });
  return isSound;
}
