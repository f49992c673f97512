import { defineConfig } from 'vitest/config';
import { common } from './vitest.config.ts';

/**
 * The tests that take minutes: whole tables of refusals, outages of days, thousands of commands,
 * deployments at every step, processes that are killed again and again.
 */
export default defineConfig({
  test: {
    ...common,
    include: ['test/**/*.soak.test.ts'],
    maxWorkers: 2,
    reporters: ['default', './tools/testReporter.ts'],
  },
});
