import type { Bench } from '../bench.ts';

const threads = 2;
// Until then most of the time goes into compiling: whoever simulates for long does not see it.
const warmUp = 100;
const runs = 300;

/** How many whole migrations the simulation lives through. */
export const simulate: Bench = {
  name: 'simulate',
  what: 'simulated migrations a minute on two threads, with faults, commands and crashes',
  sides: [
    {
      name: 'ours',
      measure: async (runCommandId) => {
        const { runMany, seedsFrom } = await import('../../test/simulation/runMany.ts');
        let migrations = 0;
        let ended = 0;
        let fromMs = NaN;
        let toMs = NaN;
        await runMany({
          seeds: seedsFrom(runCommandId * 1_000, warmUp + runs),
          workers: threads,
          onRun: (result) => {
            ended += 1;
            if (ended === warmUp) fromMs = performance.now();
            if (ended > warmUp) {
              // To judge a run is for the tests; one that has broken a promise counts nothing here.
              if (result.broken.length === 0) migrations += result.migrations;
              toMs = performance.now();
            }
            return true;
          },
        });
        return { migrationsPerMinute: migrations / ((toMs - fromMs) / 60_000) };
      },
    },
  ],
  targets: [{ figure: 'migrationsPerMinute', bound: 'atLeast', value: 10_000 }],
};
