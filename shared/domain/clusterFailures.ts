import type { BatchFailures, FailureReason } from '../contracts/failure.ts';
import { compareReasons } from './compareReasons.ts';
import { explainCode } from './errorCatalogue/explainCode.ts';
import { errorsOf, failedServices, hasFailed, type TaskState } from './failedServices.ts';

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
