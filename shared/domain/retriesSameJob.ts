import type { Task } from '../contracts/task.ts';
import { needsNewJob } from './retryOf.ts';

/**
 * Whether the job that holds these users may migrate them once more: they were in it when it migrated, and none of their
 * errors asks for another job.
 */
export function retriesSameJob(tasks: readonly Task[], jobId: string): boolean {
  return tasks.every((task) => task.jobId === jobId && !needsNewJob(task));
}
