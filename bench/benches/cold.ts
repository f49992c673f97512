import { join } from 'node:path';
import type { Bench } from '../bench.ts';

const projectDir = join(import.meta.dirname, '..', '..');
const mib = 1024 * 1024;

/** What a cold start pays before the first request. */
export const cold: Bench = {
  name: 'cold',
  what: 'milliseconds to load the app until its functions are registered, and size of the zip to deploy',
  sides: [
    {
      name: 'unbundled',
      measure: async (runCommandId) => {
        const { buildUnbundled, unbundledFiles } = await import('../baselines/unbundledApp.ts');
        const { loadFresh } = await import('../cold/loadFresh.ts');
        const { zipOf } = await import('../cold/zipBytes.ts');
        const main = buildUnbundled();
        // Nobody has read the files of the packages yet: the first load would measure the disk.
        loadFresh(main);
        return {
          loadMs: loadFresh(main),
          ...(runCommandId === 1 ? { zipMiB: zipOf(unbundledFiles()).length / mib } : {}),
        };
      },
    },
    {
      name: 'ours',
      measure: async () => {
        const { loadFresh } = await import('../cold/loadFresh.ts');
        const { zipOf } = await import('../cold/zipBytes.ts');
        const main = join(projectDir, 'dist', 'app.cjs');
        loadFresh(main);
        const files = ['dist/app.cjs', 'host.json', 'package.json'].map((name) => ({
          name,
          file: join(projectDir, name),
        }));
        return { loadMs: loadFresh(main), zipMiB: zipOf(files).length / mib };
      },
    },
  ],
  targets: [
    { figure: 'loadMs', against: 'unbundled', bound: 'atMost', value: 0.6 },
    { figure: 'zipMiB', bound: 'atMost', value: 1.5 },
  ],
  note: 'Both with the files in the memory of the system; `npm run build` comes before.',
};
