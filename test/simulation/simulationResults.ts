import { failureReport } from './report.ts';
import { runMany } from './runMany.ts';
import type { RunResult } from './simulateRun.ts';
import type { WorkerPool } from './workerPool.ts';

/** Runs the seeds and returns their results by seed. */
export async function resultsOf(
  seeds: Iterable<number>,
  workers: number | WorkerPool,
  early = false,
): Promise<RunResult[]> {
  const all: RunResult[] = [];
  await runMany({
    seeds,
    workers,
    early,
    onRun: (result) => {
      all.push(result);
      return true;
    },
  });
  return all.sort((a, b) => a.seed - b.seed);
}

/** Returns a report on each run with a broken promise; an empty text if there is none. */
export const reportsOf = (runs: readonly RunResult[]): string =>
  runs
    .filter(({ broken }) => broken.length > 0)
    .map((run) =>
      failureReport(run, `npm run simulate -- --seed ${String(run.seed)} --runs 1 --trace`),
    )
    .join('\n\n');
