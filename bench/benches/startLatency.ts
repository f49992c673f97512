import type { Bench } from '../bench.ts';

const queued = 1_000;
const single = 6;

/** How long a request waits in the queue until its migration has started, when many wait. */
export const startLatency: Bench = {
  name: 'start-latency',
  what: 'milliseconds from a message in the queue to its started migration, with 1,000 queued',
  sides: [
    {
      name: 'oneInFlight',
      measure: async () => {
        const { singleLatency } = await import('../stack/startLatency.ts');
        return singleLatency(single);
      },
    },
    {
      name: 'ours',
      measure: async () => {
        const { queuedLatency } = await import('../stack/startLatency.ts');
        return queuedLatency(queued);
      },
    },
  ],
  targets: [
    { figure: 'p99Ms', against: 'ours', againstFigure: 'p50Ms', bound: 'atMost', value: 5 },
  ],
  note: 'Started: the first activity of its orchestration plans it. The local host polls an empty queue every tenth of a second to two seconds, which is most of what a single message waits for.',
};
