import type { Bench } from '../bench.ts';

const jobs = 100;
const times = 100;

/** What a job in flight takes up while nothing happens to it. */
export const memory: Bench = {
  name: 'memory',
  what: 'memory of the host for 10,000 jobs in flight, and bytes on disk for each',
  sides: [
    {
      name: 'ours',
      measure: async () => {
        const { jobsInFlight } = await import('../memory/jobsInFlight.ts');
        return { ...(await jobsInFlight(jobs, times)) };
      },
    },
  ],
  targets: [
    { figure: 'memoryMiB', bound: 'atMost', value: 100 },
    { figure: 'diskBytesPerJob', bound: 'atMost', value: 2_048 },
  ],
  note: `${String(jobs)} jobs are brought to their sync by the app, and a host is started with what it keeps of them ${String(times)} times over. The journal may grow to twice what is live before it is compacted; the bytes are those after it.`,
};
