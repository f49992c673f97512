import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'local/*/test/**/*.test.ts'],
    // What takes minutes has a command of its own: `npm run test:soak`.
    exclude: ['local/functions-host/test/apps/**', '**/*.soak.test.ts'],
    pool: 'forks',
    // Tests that bring up processes of their own would starve each other on a small machine.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './tools/testReporter.ts'],
  },
});
