import type { Bench } from '../bench.ts';

const threads = 2;
const warmUp = 10;
const runs = 60;

/** How many whole migrations the simulation lives through. */
export const simulate: Bench = {
  name: 'simulate',
  what: 'simulated migrations a minute on two threads, with faults, commands and crashes',
  sides: [
    {
      name: 'ours',
      measure: async (round) => {
        const { runMany, seedsFrom } = await import('../../test/simulation/runMany.ts');
        let migrations = 0;
        let ended = 0;
        let fromMs = NaN;
        let toMs = NaN;
        await runMany({
          seeds: seedsFrom(round * 1_000, warmUp + runs),
          workers: threads,
          onRun: (result) => {
            if (result.broken.length > 0) throw new Error(`seed ${String(result.seed)} has broken a promise`);
            ended += 1;
            if (ended === warmUp) fromMs = performance.now();
            if (ended > warmUp) {
              migrations += result.migrations;
              toMs = performance.now();
            }
            return true;
          },
        });
        return { migrationsPerMinute: migrations / ((toMs - fromMs) / 60_000) };
      },
    },
  ],
  rounds: 2,
  targets: [{ figure: 'migrationsPerMinute', bound: 'atLeast', value: 10_000 }],
};
