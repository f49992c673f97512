import type { Mechanism } from './sabotage.ts';
import type { RunResult } from './simulateRun.ts';
import { WorkerPool } from './workerPool.ts';

export interface Runs {
  readonly seeds: Iterable<number>;
  /** Threads that share the runs; a pool is kept open for its owner. */
  readonly workers: number | WorkerPool;
  readonly off?: Mechanism | null;
  /** Keeps the trace of every run, not only of failing ones. */
  readonly trace?: boolean;
  /** Called as each run ends, in no order of seeds. Return false to begin no further run. */
  readonly onRun: (result: RunResult) => boolean;
}

/** Carries out runs on several threads; resolves when all have ended. @throws Error when the simulation itself has failed */
export async function runMany({ seeds, workers, off = null, trace = false, onRun }: Runs): Promise<void> {
  const pool = typeof workers === 'number' ? new WorkerPool(workers) : workers;
  try {
    await pool.run(askedFor(seeds, off, trace), onRun);
  } finally {
    if (pool !== workers) await pool.close();
  }
}

function* askedFor(seeds: Iterable<number>, off: Mechanism | null, trace: boolean): Generator<{ readonly seed: number; readonly off: Mechanism | null; readonly trace: boolean }> {
  for (const seed of seeds) yield { seed, off, trace };
}

/** `count` seeds from `first` on. */
export function* seedsFrom(first: number, count: number): Generator<number> {
  for (let seed = first; seed < first + count; seed += 1) yield seed;
}
