import { defineConfig } from 'vitest/config';

/**
 * The tests that take minutes: whole tables of refusals, outages of days, thousands of commands,
 * deployments at every step, processes that are killed again and again.
 */
export default defineConfig({
  test: {
    include: ['test/**/*.soak.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './tools/testReporter.ts'],
  },
});
