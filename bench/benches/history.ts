import type { Bench, Figures } from '../bench.ts';
import type { WakeUp } from '../counts/wakeUps.ts';

const sizes = [10, 100, 1_000, 10_000];
const most = 10_000;
// Beyond it the loop's own history takes minutes to run: it reads all of it at every look.
const monitorRun = 300;

function figures(at: (look: number) => WakeUp | undefined): Figures {
  const wakeUp = (look: number): WakeUp => at(look) ?? { events: NaN, bytes: NaN, bytesRead: NaN };
  return {
    ...Object.fromEntries(sizes.map((size) => [`eventsAt${String(size)}`, wakeUp(size).events])),
    ...Object.fromEntries(sizes.map((size) => [`bytesAt${String(size)}`, wakeUp(size).bytes])),
    eventsAddedPerCheck: (wakeUp(most).events - wakeUp(10).events) / (most - 10),
  };
}

/** How large the history is that a look at a job reads, the longer the job has run. */
export const history: Bench = {
  name: 'history',
  what: 'events and bytes of history per wake-up after 10 to 10,000 checks of one job',
  sides: [
    {
      name: 'monitorLoop',
      measure: async () => {
        const { extended, monitorWakeUps } = await import('../counts/monitorGrowth.ts');
        return figures(extended(await monitorWakeUps(monitorRun)));
      },
    },
    {
      name: 'ours',
      measure: async () => {
        const { ourWakeUps } = await import('../counts/ourWakeUps.ts');
        const run = await ourWakeUps(most);
        return figures((look) => {
          // A look that writes down the users is longer than one that does not: of five in a row, the longest.
          const near = run.slice(look - 5, look);
          return {
            events: Math.max(...near.map(({ events }) => events)),
            bytes: Math.max(...near.map(({ bytes }) => bytes)),
            bytesRead: 0,
          };
        });
      },
    },
  ],
  targets: [
    { figure: 'eventsAddedPerCheck', bound: 'atMost', value: 0 },
    { figure: 'eventsAt10000', bound: 'atMost', value: 20 },
    { figure: 'bytesAt10000', bound: 'atMost', value: 4_096 },
  ],
  growth: {
    title: 'bytes of history per wake-up after so many checks',
    unit: 'bytes',
    points: sizes.map((size) => ({ label: String(size), figure: `bytesAt${String(size)}` })),
  },
  note: `Counts, the same every time. The monitor loop was run for ${String(monitorRun)} checks and its steady growth carried on.`,
};
