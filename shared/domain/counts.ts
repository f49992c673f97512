import type { OutcomeCounts } from '../contracts/outcome.ts';
import type { Task } from '../contracts/task.ts';

/** No task at all. */
export const noCounts: OutcomeCounts = {
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  invalid: 0,
  validated: 0,
  unknown: 0,
  pending: 0,
};

/** How many of the tasks have which outcome; those without one are pending. */
export function countOutcomes(tasks: readonly Pick<Task, 'outcome'>[]): OutcomeCounts {
  const counts = { ...noCounts };
  for (const { outcome } of tasks) counts[outcome ?? 'pending'] += 1;
  return counts;
}

/** The sum of several counts. */
export function addCounts(all: readonly OutcomeCounts[]): OutcomeCounts {
  const sum = { ...noCounts };
  for (const counts of all) {
    sum.succeeded += counts.succeeded;
    sum.failed += counts.failed;
    sum.cancelled += counts.cancelled;
    sum.invalid += counts.invalid;
    sum.validated += counts.validated;
    sum.unknown += counts.unknown;
    sum.pending += counts.pending;
  }
  return sum;
}

/** How many tasks the batches have together. */
export function countTasks(batches: readonly { readonly taskCount: number }[]): number {
  return batches.reduce((sum, { taskCount }) => sum + taskCount, 0);
}
