import type {
  BatchFailures,
  FailureCluster,
  FailureReason,
  ServiceStatus,
  Task,
  TaskError,
} from '../contracts/task.ts';
import { explainCode } from './errorCatalogue/errorCatalogue.ts';

/** The order to read reasons in: causes in a tenant's setup first, then those that hit most users, then by code. */
export function compareReasons(
  a: Pick<FailureReason, 'code' | 'users'>,
  b: Pick<FailureReason, 'code' | 'users'>,
): number {
  return rank(a.code) - rank(b.code) || b.users - a.users || (a.code < b.code ? -1 : 1);
}

function rank(code: string): number {
  return explainCode(code).scope === 'tenant' ? 0 : 1;
}

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

/** Codes that a batch's row counts one by one; what is less frequent counts as `OtherCodes`. */
export const maxReasonsPerBatch = 20;
/** Tasks that a reason names. */
export const maxExamples = 5;

type FailedTask = TaskState & { readonly taskId: string };

/**
 * So many users, so few reasons: the failed tasks by code, in the order in which the reasons are to be read. A task with
 * several codes counts under each of them, and once in `users`. The same tasks give the same answer in whatever order they come.
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

/** Code and workload of every error that counts; a task that failed without any workload to blame has no code. */
function codesOf(task: FailedTask): readonly (readonly [code: string, service: string])[] {
  const found = failedServices(task).flatMap((service) =>
    errorsOf(service).map(({ code }) => [code, service.service] as const),
  );
  return found.length > 0 ? found : [['', '']];
}

/** Codes that an answer shows one by one; what is less frequent stands in it as `OtherCodes`. */
const maxReasons = 100;

/** A migration's failures; `failureSummary` is one line such as `37 users, 3 reasons`. */
export interface MigrationFailures {
  readonly failures: FailureCluster[];
  readonly failureSummary: string;
}

/** The failures of several batches as one, explained. A task is in one batch only, so numbers add up. Null stands for none so far. */
export function mergeFailures(batches: readonly (BatchFailures | null)[]): MigrationFailures {
  const recorded = batches.filter((batch) => batch !== null);
  const users = recorded.reduce((sum, batch) => sum + batch.users, 0);
  const reasons = recorded.flatMap((batch) => batch.reasons);
  const all = added(reasons, (code) => code);
  const frequent = new Set(all.slice(0, maxReasons).map(({ code }) => code));
  const failures = (
    all.length === frequent.size
      ? all
      : added(reasons, (code) => (frequent.has(code) ? code : 'OtherCodes'))
  )
    // Whoever has two codes that were put together was counted twice.
    .map((reason) => ({
      ...explainCode(reason.code),
      ...reason,
      users: Math.min(reason.users, users),
    }));
  return { failures, failureSummary: summaryOf(users, failures) };
}

function added(
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
