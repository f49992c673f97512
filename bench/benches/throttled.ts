import type { Bench } from '../bench.ts';

const jobs = 5;

/** What becomes of the calls in a tenant that throttles. */
export const throttled: Bench = {
  name: 'throttled',
  what: 'Graph calls for each one that was needed, and calls inside a Retry-After, with 30 % refused with 429; five batches of 100',
  sides: [
    {
      name: 'fixedDelayLoop',
      measure: async (runCommandId) => {
        const { scriptThrottling } = await import('../counts/throttling.ts');
        return scriptThrottling(runCommandId, jobs);
      },
    },
    {
      name: 'ours',
      measure: async (runCommandId) => {
        const { ourThrottling } = await import('../counts/throttling.ts');
        return ourThrottling(runCommandId, jobs);
      },
    },
  ],
  targets: [
    { figure: 'callsPerNeededCall', bound: 'atMost', value: 1.5 },
    { figure: 'callsInsideRetryAfter', bound: 'atMost', value: 0 },
  ],
  note: 'With 30 % refused by lot, 1.43 calls for each answer are the least that anybody can do with; pages of a list that had to be read again count as not needed.',
};
