import { configDefaults, defineConfig } from 'vitest/config';

/** How every test file runs. */
export const common = {
  pool: 'forks',
  testTimeout: 60_000,
  hookTimeout: 60_000,
} as const;
// What takes minutes has a command of its own: `npm run test:soak`.
const exclude = [
  ...configDefaults.exclude,
  '**/*.soak.test.ts',
  'local/functions-host/test/apps/**',
];
// Files that leave nothing behind in their process, so that one process can run several of them.
const units = [
  'local/graph-emulator/test/**/*.test.ts',
  'test/local/**/*.test.ts',
  'test/shared/**/*.test.ts',
  'test/tools/**/*.test.ts',
];
// The same for files that register the app's own functions, and no others.
const workflows = ['test/{conformance,contradictions,orchestrations}/**/*.test.ts'];
const otherFunctions = ['test/orchestrations/lanes.test.ts', 'test/contradictions/access.test.ts'];

export default defineConfig({
  test: {
    // Tests that start processes of their own would starve each other on a small machine.
    maxWorkers: 2,
    reporters: ['default', './tools/testReporter.ts'],
    projects: [
      { test: { ...common, name: 'units', include: units, exclude, isolate: false } },
      {
        test: {
          ...common,
          name: 'workflows',
          include: workflows,
          exclude: [...exclude, ...otherFunctions],
          isolate: false,
        },
      },
      {
        test: {
          ...common,
          name: 'app',
          include: [
            'local/*/test/**/*.test.ts',
            'test/*.test.ts',
            'test/!(conformance|contradictions|orchestrations)/**/*.test.ts',
            ...otherFunctions,
          ],
          exclude: [...exclude, ...units],
        },
      },
    ],
  },
});
