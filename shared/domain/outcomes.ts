import { type FinalPhase, finalPhaseSchema } from '../contracts/migration.ts';
import type { Outcome, OutcomeCounts, RetryKind, ServiceStatus, Task } from '../contracts/task.ts';
import { explainCode } from './errorCatalogue/errorCatalogue.ts';
import { errorsOf, failedServices, hasFailed, isFailing, type TaskState } from './failures.ts';

/** What a job reports of one workload of one user. */
export interface ReportedService {
  readonly service: string;
  readonly status: string;
  readonly message: string;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** Our record of the reported workloads: in a fixed order. */
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

/** After validation: `invalid` when any workload is (the preview wrote `failed`), else none yet. */
export function validationOutcome(
  services: readonly ReportedService[],
): Extract<Outcome, 'invalid'> | null {
  return services.some(({ status }) => isFailing(status)) ? 'invalid' : null;
}

/**
 * After a validation that is not followed by a migration: `validated` when every workload is valid (the preview wrote
 * `completed`), `cancelled` when it was cancelled before it got that far; `unknown` when Graph says none of it.
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
 * After the job has ended: `succeeded` when every workload is completed, `failed` when one has failed, `cancelled` when none did worse than being
 * cancelled. Where workloads have not come to their end, the job's status says it: `failed` and `cancelled` hold for them, else it is `unknown`.
 * @param jobStatus the status with which the job has ended; null where it is not known
 */
export function migrationOutcome(
  services: readonly ReportedService[],
  jobStatus: string | null,
): Extract<Outcome, 'succeeded' | 'failed' | 'cancelled' | 'unknown'> {
  const statuses = services.map(({ status }) => status);
  if (statuses.length > 0 && statuses.every((status) => status === 'completed')) return 'succeeded';
  if (statuses.some(isFailing)) return 'failed';
  const endedWithoutFault = ['completed', 'cancelled', 'pendingCancel'];
  const cancelled = statuses.includes('cancelled') || statuses.includes('pendingCancel');
  return cancelled && statuses.every((status) => endedWithoutFault.includes(status))
    ? 'cancelled'
    : jobOutcome(jobStatus);
}

/** What the end of a job says of a user of whom it says nothing better. */
function jobOutcome(
  jobStatus: string | null,
): Extract<Outcome, 'failed' | 'cancelled' | 'unknown'> {
  if (jobStatus === 'failed') return 'failed';
  return jobStatus === 'cancelled' || jobStatus === 'pendingCancel' ? 'cancelled' : 'unknown';
}

/** A workload entry of our own for a user whom Graph says too little about, so that every failure and everything unknown has a code. */
export function unexplained(
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

/** The workloads, and what there is to say of the job as a whole; an entry that an earlier run left goes. */
export function withJobEntry(
  services: readonly ServiceStatus[],
  entry: Omit<ServiceStatus, 'service'>,
): ServiceStatus[] {
  return [...services.filter(({ service }) => service !== 'Job'), { service: 'Job', ...entry }];
}

/** True for a phase after which nothing comes. */
export function isFinalPhase(phase: string): phase is FinalPhase {
  return finalPhaseSchema.safeParse(phase).success;
}

/**
 * How something ended whose tasks ended so: all well → `completed`; none well and all cancelled → `cancelled`; none well
 * → `failed`, except that a validation which did its work is never a failure; otherwise `completedWithErrors`.
 */
export function finalPhaseOf(counts: OutcomeCounts, validateOnly: boolean): FinalPhase {
  const { succeeded, validated, cancelled, invalid, failed, unknown, pending } = counts;
  const unwell = failed + invalid + pending + unknown;
  if (unwell + cancelled === 0) return 'completed';
  // What is not known has not failed.
  if (succeeded + validated + unknown > 0) return 'completedWithErrors';
  if (unwell === 0) return 'cancelled';
  return validateOnly && failed + pending === 0 ? 'completedWithErrors' : 'failed';
}

/**
 * A task that is let go of before anything was begun for it: cancelled, with `services` as what there is to say; one that a retry
 * had taken up has again the outcome, and the reasons, that it had before.
 */
export function cancelUnstarted(
  task: Task,
  services: readonly ServiceStatus[],
  updatedAt: string,
): Task {
  if (task.outcomeBefore !== null) return { ...task, outcome: task.outcomeBefore, updatedAt };
  return { ...task, outcome: 'cancelled', services: [...services], updatedAt };
}

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
