import type { Bench } from '../bench.ts';

const jobs = 100;
// One after the other, each job (or each ten) takes as long as the one before: a part is run and taken as often as it fits.
const sequentialJobs = 4;
const tenWayJobs = 40;

/** How long a wave takes that is bound by the calls to Graph. */
export const wave: Bench = {
  name: 'wave',
  what: '100 jobs of 100 users from request to summary, 50 ms a Graph call, in seconds of wall time',
  sides: [
    {
      name: 'sequential',
      measure: async () => {
        const { scriptWave } = await import('../stack/wave.ts');
        return { wallSeconds: ((await scriptWave(sequentialJobs, 1)) * jobs) / sequentialJobs };
      },
    },
    {
      name: 'tenWay',
      measure: async () => {
        const { scriptWave } = await import('../stack/wave.ts');
        return { wallSeconds: ((await scriptWave(tenWayJobs, 10)) * jobs) / tenWayJobs };
      },
    },
    {
      name: 'ours',
      measure: async () => {
        const { ourWave } = await import('../stack/wave.ts');
        return { wallSeconds: await ourWave(jobs) };
      },
    },
  ],
  targets: [
    { figure: 'wallSeconds', against: 'sequential', bound: 'atMost', value: 0.1 },
    { figure: 'wallSeconds', against: 'tenWay', bound: 'atMost', value: 1.5 },
  ],
  note: `A job’s own course takes three seconds (the clock runs 1,000 times as fast and the jobs are short), so that calls and records weigh more than they ever do in a wave of weeks. The scripts keep no records; of theirs ${String(sequentialJobs)} and ${String(tenWayJobs)} jobs are run and the time taken ${String(jobs / sequentialJobs)} and ${String(jobs / tenWayJobs)} times.`,
};
