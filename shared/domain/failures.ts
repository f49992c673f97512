import type {
  BatchFailures,
  FailureCluster,
  FailureReason,
  ServiceStatus,
  Task,
  TaskError,
} from '../contracts/task.ts';
import { explainCode } from './errorCatalogue/errorCatalogue.ts';

/**
 * Compares reasons for sorting: tenant-wide causes first, then those that affect most users, then
 * by code.
 */
function compareReasons(
  a: Pick<FailureReason, 'code' | 'users'>,
  b: Pick<FailureReason, 'code' | 'users'>,
): number {
  return rank(a.code) - rank(b.code) || b.users - a.users || (a.code < b.code ? -1 : 1);
}

function rank(code: string): number {
  return explainCode(code).scope === 'tenant' ? 0 : 1;
}

const failedStatuses: readonly string[] = ['invalid', 'failed', 'error'];
const faultlessStatuses: readonly string[] = ['completed', 'valid', 'cancelled', 'pendingCancel'];

/** The members of a task that show whether it failed. */
export type TaskState = Pick<Task, 'outcome' | 'services'>;

/** Returns whether a workload's status is a failure, in validation or in migration. */
export function isFailedStatus(status: string): boolean {
  return failedStatuses.includes(status);
}

/**
 * Returns whether a task failed, has the outcome `unknown` or, while it is running, has a failed
 * workload.
 */
export function hasFailed({ outcome, services }: TaskState): boolean {
  if (outcome === null) return services.some(({ status }) => isFailedStatus(status));
  return outcome === 'failed' || outcome === 'invalid' || outcome === 'unknown';
}

/**
 * Returns the failed workloads of a failed task, else none. Errors of a workload that ended without
 * a fault do not count.
 */
export function failedServices(task: TaskState): ServiceStatus[] {
  if (!hasFailed(task)) return [];
  const ended = task.outcome !== null;
  return task.services.filter(
    ({ status, errors }) =>
      isFailedStatus(status) || (ended && errors.length > 0 && !faultlessStatuses.includes(status)),
  );
}

/** Returns the errors of a failed workload, or one error without a code if it has none. */
export function errorsOf({ errors, message }: ServiceStatus): readonly TaskError[] {
  return errors.length > 0 ? errors : [{ code: '', message }];
}

/**
 * The most codes that a batch's row counts separately. Less frequent codes count as `OtherCodes`.
 */
export const maxReasonsPerBatch = 20;
/** The most tasks that a reason names. */
const maxExamples = 5;

type FailedTask = TaskState & { readonly taskId: string };

/**
 * Groups the failed tasks by code, sorted by `compareReasons`. A task with several codes counts
 * under each of them, and once in `users`. The result does not depend on the order of the tasks.
 */
export function clusterFailures(tasks: readonly FailedTask[]): BatchFailures {
  const failed = tasks.filter(hasFailed);
  const all = reasonsOf(failed, (code) => code);
  const frequent = new Set(all.slice(0, maxReasonsPerBatch).map(({ code }) => code));
  const reasons =
    all.length === frequent.size
      ? all
      : reasonsOf(failed, (code) => (frequent.has(code) ? code : 'OtherCodes'));
  return { users: failed.length, reasons };
}

function reasonsOf(
  failed: readonly FailedTask[],
  nameOf: (code: string) => string,
): FailureReason[] {
  const taskIds = new Map<string, Set<string>>();
  const services = new Map<string, Set<string>>();
  for (const task of failed) {
    for (const [code, service] of codesOf(task)) {
      const name = nameOf(explainCode(code).code);
      taskIds.set(name, (taskIds.get(name) ?? new Set()).add(task.taskId));
      services.set(name, (services.get(name) ?? new Set()).add(service));
    }
  }
  return [...taskIds]
    .map(([code, ids]) => ({
      code,
      users: ids.size,
      services: [...(services.get(code) ?? [])].filter((service) => service !== '').sort(),
      exampleTaskIds: [...ids].sort().slice(0, maxExamples),
    }))
    .sort(compareReasons);
}

/**
 * Returns code and workload of every error that counts. A failed task without a failed workload
 * gets an empty code.
 */
function codesOf(task: FailedTask): readonly (readonly [code: string, service: string])[] {
  const found = failedServices(task).flatMap((service) =>
    errorsOf(service).map(({ code }) => [code, service.service] as const),
  );
  return found.length > 0 ? found : [['', '']];
}

/** The most codes that a response lists separately. Less frequent codes count as `OtherCodes`. */
const maxReasons = 100;

/** The failures of a migration. `failureSummary` is one line, such as `37 users, 3 reasons`. */
export interface MigrationFailures {
  readonly failures: FailureCluster[];
  readonly failureSummary: string;
}

/**
 * Merges the failures of several batches and explains them. Null stands for a batch without
 * recorded tasks.
 */
export function mergeFailures(batches: readonly (BatchFailures | null)[]): MigrationFailures {
  const recorded = batches.filter((batch) => batch !== null);
  const users = recorded.reduce((sum, batch) => sum + batch.users, 0);
  const reasons = recorded.flatMap((batch) => batch.reasons);
  const all = mergedReasons(reasons, (code) => code);
  const frequent = new Set(all.slice(0, maxReasons).map(({ code }) => code));
  const failures = (
    all.length === frequent.size
      ? all
      : mergedReasons(reasons, (code) => (frequent.has(code) ? code : 'OtherCodes'))
  )
    // A user with two codes that became `OtherCodes` was counted twice.
    .map((reason) => ({
      ...explainCode(reason.code),
      ...reason,
      users: Math.min(reason.users, users),
    }));
  return { failures, failureSummary: summaryOf(users, failures) };
}

function mergedReasons(
  reasons: readonly FailureReason[],
  nameOf: (code: string) => string,
): FailureReason[] {
  const sums = new Map<string, FailureReason>();
  for (const reason of reasons) {
    const code = nameOf(reason.code);
    const before = sums.get(code);
    sums.set(code, {
      code,
      users: (before?.users ?? 0) + reason.users,
      services: [...new Set([...(before?.services ?? []), ...reason.services])].sort(),
      exampleTaskIds: [
        ...new Set([...(before?.exampleTaskIds ?? []), ...reason.exampleTaskIds]),
      ].slice(0, maxExamples),
    });
  }
  return [...sums.values()].sort(compareReasons);
}

function summaryOf(users: number, failures: readonly FailureCluster[]): string {
  if (users === 0) return 'no user has failed';
  const tenantWide = failures.filter(({ scope }) => scope === 'tenant').length;
  const numbers = `${counted(users, 'user')}, ${counted(failures.length, 'reason')}`;
  return tenantWide === 0 ? numbers : `${numbers} (${String(tenantWide)} tenant-wide)`;
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
