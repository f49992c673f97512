import type { Bench, Side } from '../bench.ts';

const poll = (name: string, pollSeconds: number): Side => ({
  name,
  measure: async (runCommandId) => {
    const { fixedDetection } = await import('../counts/detection.ts');
    return fixedDetection(runCommandId, pollSeconds);
  },
});

/** What it costs to hear of a change, and how soon it is heard of. */
export const detect: Bench = {
  name: 'detect',
  what: 'Graph calls per job over a simulated migration of 14 days, and minutes until the app detects a change of a job',
  sides: [
    poll('eachMinute', 60),
    poll('each15Minutes', 900),
    {
      name: 'ours',
      measure: async (runCommandId) => {
        const { ourDetection } = await import('../counts/detection.ts');
        return ourDetection(runCommandId);
      },
    },
  ],
  targets: [
    { figure: 'graphCallsPerJob', against: 'eachMinute', bound: 'atMost', value: 0.2 },
    { figure: 'delayMinutesNearCutover', against: 'each15Minutes', bound: 'atMost', value: 0.5 },
  ],
  note: 'Near the cutover: changes from half an hour before the date on. Our calls include the lists of users, which the scripts read only at the end.',
};
