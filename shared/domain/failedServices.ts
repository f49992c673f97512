import type { ServiceStatus, Task, TaskError } from '../contracts/task.ts';

const failing: readonly string[] = ['invalid', 'failed', 'error'];
const well: readonly string[] = ['completed', 'valid', 'cancelled', 'pendingCancel'];

/** What of a task says how it fared. */
export type TaskState = Pick<Task, 'outcome' | 'services'>;

/** Whether a workload's status says that it failed, in validation or in migration. */
export function isFailing(status: string): boolean {
  return failing.includes(status);
}

/** Whether a task has failed, has the outcome `unknown` or, while it runs on, has a workload that has failed. */
export function hasFailed({ outcome, services }: TaskState): boolean {
  if (outcome === null) return services.some(({ status }) => isFailing(status));
  return outcome === 'failed' || outcome === 'invalid' || outcome === 'unknown';
}

/** The workloads for which a task has failed; none of a task that has not. What is said of a workload that did well does not count. */
export function failedServices(task: TaskState): ServiceStatus[] {
  if (!hasFailed(task)) return [];
  const ended = task.outcome !== null;
  return task.services.filter(
    ({ status, errors }) =>
      isFailing(status) || (ended && errors.length > 0 && !well.includes(status)),
  );
}

/** The errors of a workload that failed; without any it has one that has no code. */
export function errorsOf({ errors, message }: ServiceStatus): readonly TaskError[] {
  return errors.length > 0 ? errors : [{ code: '', message }];
}
