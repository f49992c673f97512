import { type FinalPhase, finalPhaseSchema } from '../contracts/migration.ts';
import type { Outcome, OutcomeCounts, RetryKind, ServiceStatus, Task } from '../contracts/task.ts';
import { explainCode } from './errorCatalogue/errorCatalogue.ts';
import { errorsOf, failedServices, hasFailed, isFailedStatus, type TaskState } from './failures.ts';

/** The state of one workload of one user, as a job reports it. */
export interface ReportedService {
  readonly service: string;
  readonly status: string;
  readonly message: string;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** Returns the reported workloads in a fixed order, as a task stores them. */
export function serviceStatuses(reported: readonly ReportedService[]): ServiceStatus[] {
  return reported
    .map(({ service, status, message, errors }) => ({
      service,
      status,
      message,
      errors: errors.map((error) => ({ code: error.code, message: error.message })),
    }))
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

/**
 * Returns the outcome after validation: `invalid` if any workload is (`failed` in the preview),
 * else null.
 */
export function validationOutcome(
  services: readonly ReportedService[],
): Extract<Outcome, 'invalid'> | null {
  return services.some(({ status }) => isFailedStatus(status)) ? 'invalid' : null;
}

/**
 * Returns the outcome after a validation without a migration: `validated` if every workload is
 * valid (`completed` in the preview), `cancelled` if it was cancelled before, and `unknown` if
 * Graph reports neither.
 * @param jobStatus the status of the job
 */
export function validateOnlyOutcome(
  services: readonly ReportedService[],
  jobStatus: string | null,
): Extract<Outcome, 'validated' | 'invalid' | 'cancelled' | 'failed' | 'unknown'> {
  const invalid = validationOutcome(services);
  if (invalid !== null) return invalid;
  const statuses = services.map(({ status }) => status);
  if (
    statuses.length > 0 &&
    statuses.every((status) => status === 'valid' || status === 'completed')
  )
    return 'validated';
  if (statuses.includes('cancelled') || statuses.includes('pendingCancel')) return 'cancelled';
  return jobOutcome(jobStatus);
}

/**
 * Returns the outcome after the job has ended: `succeeded` if every workload is completed, `failed`
 * if one failed, and `cancelled` if all others are completed or cancelled. If workloads have not
 * ended, the job's status decides: `failed` and `cancelled` apply to them, anything else gives
 * `unknown`.
 * @param jobStatus the final status of the job, or null if it is not known
 */
export function migrationOutcome(
  services: readonly ReportedService[],
  jobStatus: string | null,
): Extract<Outcome, 'succeeded' | 'failed' | 'cancelled' | 'unknown'> {
  const statuses = services.map(({ status }) => status);
  if (statuses.length > 0 && statuses.every((status) => status === 'completed')) return 'succeeded';
  if (statuses.some(isFailedStatus)) return 'failed';
  const endedWithoutFault = ['completed', 'cancelled', 'pendingCancel'];
  const cancelled = statuses.includes('cancelled') || statuses.includes('pendingCancel');
  return cancelled && statuses.every((status) => endedWithoutFault.includes(status))
    ? 'cancelled'
    : jobOutcome(jobStatus);
}

/** Returns the outcome that the status of a job implies for a user without a better one. */
function jobOutcome(
  jobStatus: string | null,
): Extract<Outcome, 'failed' | 'cancelled' | 'unknown'> {
  if (jobStatus === 'failed') return 'failed';
  return jobStatus === 'cancelled' || jobStatus === 'pendingCancel' ? 'cancelled' : 'unknown';
}

/**
 * Adds an entry for a user whose result Graph did not report completely, so that the outcome has a
 * code.
 */
export function withIncompleteResult(
  code: 'NotReported' | 'NotFinished',
  outcome: Extract<Outcome, 'failed' | 'unknown'>,
  services: readonly ServiceStatus[],
): ServiceStatus[] {
  const message =
    code === 'NotReported'
      ? 'the job has ended and does not report this user'
      : `the job has ended with ${services.map(({ service, status }) => `${service} ${status}`).join(', ')}`;
  return withJobEntry(services, {
    status: outcome === 'failed' ? 'failed' : 'outOfSight',
    message,
    errors: [{ code, message }],
  });
}

/** Adds an entry about the job as a whole and removes that of an earlier run. */
export function withJobEntry(
  services: readonly ServiceStatus[],
  entry: Omit<ServiceStatus, 'service'>,
): ServiceStatus[] {
  return [...services.filter(({ service }) => service !== 'Job'), { service: 'Job', ...entry }];
}

/** Returns whether a phase is final. */
export function isFinalPhase(phase: string): phase is FinalPhase {
  return finalPhaseSchema.safeParse(phase).success;
}

/**
 * Returns the final phase of a batch or migration with these counts:
 * - `completed`: every task succeeded or was validated.
 * - `cancelled`: every task was cancelled.
 * - `failed`: no task succeeded, and at least one failed. A validation that only found invalid
 *   tasks did not fail.
 * - `completedWithErrors`: everything else.
 */
export function finalPhaseOf(counts: OutcomeCounts, validateOnly: boolean): FinalPhase {
  const { succeeded, validated, cancelled, invalid, failed, unknown, pending } = counts;
  const unsuccessful = failed + invalid + pending + unknown;
  if (unsuccessful + cancelled === 0) return 'completed';
  // An unknown outcome is not a failure.
  if (succeeded + validated + unknown > 0) return 'completedWithErrors';
  if (unsuccessful === 0) return 'cancelled';
  return validateOnly && failed + pending === 0 ? 'completedWithErrors' : 'failed';
}

/**
 * Ends a task before its job exists. Its outcome is `cancelled`, with `services` as the
 * explanation. A task that waits for a retry gets back the outcome and the errors that it had
 * before.
 */
export function cancelUnstarted(
  task: Task,
  services: readonly ServiceStatus[],
  updatedAt: string,
): Task {
  if (task.outcomeBefore !== null) return { ...task, outcome: task.outcomeBefore, updatedAt };
  return { ...task, outcome: 'cancelled', services: [...services], updatedAt };
}

/** The counts of an empty list of tasks. */
export const noCounts: OutcomeCounts = {
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  invalid: 0,
  validated: 0,
  unknown: 0,
  pending: 0,
};

/** Counts the tasks by outcome. Tasks without an outcome are pending. */
export function countOutcomes(tasks: readonly Pick<Task, 'outcome'>[]): OutcomeCounts {
  const counts = { ...noCounts };
  for (const { outcome } of tasks) counts[outcome ?? 'pending'] += 1;
  return counts;
}

/** Returns the sum of several counts. */
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

/** Returns the number of tasks in the batches. */
export function countTasks(batches: readonly { readonly taskCount: number }[]): number {
  return batches.reduce((sum, { taskCount }) => sum + taskCount, 0);
}

const fromMildest: readonly RetryKind[] = ['sameJob', 'newJob', 'afterFix', 'never'];

/** Returns the strictest of several kinds, or `sameJob` if there is none. */
export function strictest(kinds: readonly RetryKind[]): RetryKind {
  return fromMildest.findLast((kind) => kinds.includes(kind)) ?? 'sameJob';
}

/**
 * Returns how a task can be retried: the strictest kind of the errors of its failed workloads. An
 * invalid task has left its job, and a cancelled one cannot return to it (Migration Orchestrator),
 * so both need at least a new job. A task that is running or succeeded gives `never`.
 */
export function retryOf(task: TaskState): RetryKind {
  if (task.outcome === 'cancelled') return 'newJob';
  if (task.outcome === null || !hasFailed(task)) return 'never';
  return strictest([...kindsOf(task), task.outcome === 'invalid' ? 'newJob' : 'sameJob']);
}

/**
 * Returns whether a retry of the task needs a new job, whether or not a cause must be fixed first.
 * Also works for a task that a retry has reopened: it has no outcome, but still the workloads of
 * the last run.
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
