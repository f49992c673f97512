import type { Mechanism } from './sabotage.ts';
import type { RunResult } from './simulateRun.ts';
import { type ToWorker, WorkerPool } from './workerPool.ts';

export interface Runs {
  readonly seeds: Iterable<number>;
  /** Threads that share the runs; a pool is kept open for its owner. */
  readonly workers: number | WorkerPool;
  readonly off?: Mechanism | null;
  /** Keeps the trace of every run, not only of failing ones. */
  readonly trace?: boolean;
  /** Durable timers fire up to a second before their due time. */
  readonly early?: boolean;
  /** Called as each run ends, in no order of seeds. Return false to begin no further run. */
  readonly onRun: (result: RunResult) => boolean;
}

/** Carries out runs on several threads; resolves when all have ended. @throws Error when the simulation itself has failed */
export async function runMany({
  seeds,
  workers,
  off = null,
  trace = false,
  early = false,
  onRun,
}: Runs): Promise<void> {
  const pool = typeof workers === 'number' ? new WorkerPool(workers) : workers;
  try {
    await pool.run(askedFor(seeds, { off, trace, early }), onRun);
  } finally {
    if (pool !== workers) await pool.close();
  }
}

function* askedFor(seeds: Iterable<number>, options: Omit<ToWorker, 'seed'>): Generator<ToWorker> {
  for (const seed of seeds) yield { seed, ...options };
}

/** `count` seeds from `first` on. */
export function* seedsFrom(first: number, count: number): Generator<number> {
  for (let seed = first; seed < first + count; seed += 1) yield seed;
}
