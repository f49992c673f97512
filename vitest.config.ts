import { configDefaults, defineConfig } from 'vitest/config';

const common = {
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
// These change nothing outside themselves, so the files of a worker share one process.
const sharedProcess = [
  'local/graph-emulator/test/**/*.test.ts',
  'test/local/**/*.test.ts',
  'test/shared/**/*.test.ts',
];

export default defineConfig({
  test: {
    // Tests that start processes of their own would starve each other on a small machine.
    maxWorkers: 2,
    reporters: ['default', './tools/testReporter.ts'],
    projects: [
      { test: { ...common, name: 'units', include: sharedProcess, exclude, isolate: false } },
      {
        test: {
          ...common,
          name: 'app',
          include: ['test/**/*.test.ts', 'local/*/test/**/*.test.ts'],
          exclude: [...exclude, ...sharedProcess],
        },
      },
    ],
  },
});
