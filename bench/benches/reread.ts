import type { Bench } from '../bench.ts';

const monitorRun = 200;
const days = 14;
const batches = 2;

/** How much history is read by all checks of two weeks. */
export const reread: Bench = {
  name: 'reread',
  what: 'bytes of history that a job’s orchestrations read in a simulated wave of 14 days',
  sides: [
    {
      name: 'monitorLoop',
      measure: async () => {
        const { monitorReread } = await import('../counts/rereadWave.ts');
        return { ...(await monitorReread(monitorRun, days)) };
      },
    },
    {
      name: 'ours',
      measure: async (runCommandId) => {
        const { ourReread } = await import('../counts/rereadWave.ts');
        return { ...(await ourReread(runCommandId, { batches, days })) };
      },
    },
  ],
  targets: [{ figure: 'bytesReadPerJob', against: 'monitorLoop', bound: 'atMost', value: 0.01 }],
  note: 'Ours counts every orchestrator of the wave, from acceptance to summary; the monitor loop only its own checks, one each quarter of an hour.',
};
