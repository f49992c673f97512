import type { Bench } from '../bench.ts';

/** How many queue messages a second become migrations. */
export const acceptQueueBench: Bench = {
  name: 'accept-queue',
  what: 'queue messages a second that become started migrations, 600 messages waiting',
  sides: [
    {
      name: 'receiveLoop',
      measure: async () => {
        const { buildBareApp } = await import('../stack/buildBareApp.ts');
        const { loopAcceptQueue } = await import('../stack/acceptQueue.ts');
        return loopAcceptQueue(buildBareApp());
      },
    },
    {
      name: 'ours',
      measure: async () => {
        const { ourAcceptQueue } = await import('../stack/acceptQueue.ts');
        return ourAcceptQueue();
      },
    },
  ],
  targets: [{ figure: 'startedPerSecond', against: 'receiveLoop', bound: 'atLeast', value: 0.7 }],
};
