import type { Bench } from '../bench.ts';

/** What one look at a batch costs. */
export const observe: Bench = {
  name: 'observe',
  what: 'Graph calls to see 100 users once; rows written by 40 checks without a change',
  sides: [
    {
      name: 'perUserReads',
      measure: async () => {
        const { scriptObservation } = await import('../counts/observation.ts');
        return { ...(await scriptObservation()) };
      },
    },
    {
      name: 'ours',
      measure: async () => {
        const { ourObservation } = await import('../counts/observation.ts');
        return { ...(await ourObservation()) };
      },
    },
  ],
  targets: [
    { figure: 'graphCalls', bound: 'atMost', value: 6 },
    { figure: 'writesUnchanged', bound: 'atMost', value: 0 },
  ],
  note: 'Counts, the same every time.',
};
