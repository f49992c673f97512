import type { Bench } from '../bench.ts';

const sizes = [1_000, 10_000, 50_000, 100_000];

/** How planning grows with the request. */
export const plan: Bench = {
  name: 'plan',
  what: 'milliseconds from an accepted request of 1,000 to 100,000 users to its batches and rows, without storage; with the storage emulator: to accept one from a blob, and to plan 20,000',
  sides: [
    {
      name: 'ours',
      measure: async () => {
        const { planLarge } = await import('../planning/planLarge.ts');
        const { planStored } = await import('../planning/planStored.ts');
        const { acceptByBlob } = await import('../planning/acceptByBlob.ts');
        // Compiled code and a grown heap, as in a host that has run for a while.
        for (let warm = 0; warm < 3; warm += 1) await planLarge(10_000);
        const figures: Record<string, number> = {};
        for (const size of sizes) {
          const runs = [await planLarge(size), await planLarge(size), await planLarge(size)];
          figures[`planMsAt${String(size)}`] = Math.min(...runs.map(({ planMs }) => planMs));
          if (size === 100_000)
            figures['acceptMsAt100000'] = Math.min(...runs.map(({ acceptMs }) => acceptMs));
        }
        figures['acceptByBlobMsAt100000'] = Math.min(...(await acceptByBlob(100_000, 3)));
        figures['planStoredMsAt20000'] = await planStored(20_000);
        // 1 when ten times the users take ten times as long.
        figures['growth'] = Math.log10(
          (figures['planMsAt100000'] ?? NaN) / (figures['planMsAt10000'] ?? NaN),
        );
        return figures;
      },
    },
  ],
  targets: [
    { figure: 'planMsAt100000', bound: 'atMost', value: 400 },
    { figure: 'growth', bound: 'atMost', value: 1.2 },
    { figure: 'acceptMsAt100000', bound: 'atMost', value: 2_000 },
    { figure: 'acceptByBlobMsAt100000', bound: 'atMost', value: 2_000 },
    { figure: 'planStoredMsAt20000', bound: 'atMost', value: 8_000 },
  ],
  growth: {
    title: 'milliseconds to plan a request of so many users',
    unit: 'ms',
    points: sizes.map((size) => ({ label: String(size), figure: `planMsAt${String(size)}` })),
  },
  note: 'The best of three in each round; with storage, `planStored` once. `growth` is the power of ten by which the time grows when the users grow tenfold: 1 is linear.',
};
