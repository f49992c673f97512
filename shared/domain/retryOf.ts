import type { RetryKind } from '../contracts/failure.ts';
import { explainCode } from './errorCatalogue/explainCode.ts';
import { errorsOf, failedServices, hasFailed, type TaskState } from './failedServices.ts';

const fromMildest: readonly RetryKind[] = ['sameJob', 'newJob', 'afterFix', 'never'];

/** The strictest of several kinds; `sameJob` when there is none. */
export function strictest(kinds: readonly RetryKind[]): RetryKind {
  return fromMildest.findLast((kind) => kinds.includes(kind)) ?? 'sameJob';
}

/**
 * How a task may be tried again: the strictest of what the errors of its failed workloads call for. An invalid task has
 * been taken out of its job and a cancelled one can never go back into it (Migration Orchestrator), so both need a new job at
 * least; what is under way or has ended well is not tried again.
 */
export function retryOf(task: TaskState): RetryKind {
  if (task.outcome === 'cancelled') return 'newJob';
  if (task.outcome === null || !hasFailed(task)) return 'never';
  return strictest([...kindsOf(task), task.outcome === 'invalid' ? 'newJob' : 'sameJob']);
}

/**
 * Whether a task that is tried again needs a new job for it, also when something had to be mended first. Works for a task
 * that has been taken up again as well, whose outcome is gone but whose workloads are those of the last run.
 */
export function needsNewJob(task: TaskState): boolean {
  if (task.outcome === 'cancelled' || task.outcome === 'invalid') return true;
  return (
    task.services.some(({ status }) => status === 'invalid') || kindsOf(task).includes('newJob')
  );
}

function kindsOf(task: TaskState): RetryKind[] {
  return failedServices(task).flatMap((service) =>
    errorsOf(service).map(({ code }) => explainCode(code).retry),
  );
}
