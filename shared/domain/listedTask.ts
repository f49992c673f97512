import type { ListedService, ListedTask } from '../contracts/answers/listedTask.ts';
import type { ExplainedError, TaskFailure } from '../contracts/failure.ts';
import type { ServiceStatus, Task, TaskError } from '../contracts/task.ts';
import { explainCode } from './errorCatalogue/explainCode.ts';
import { errorsOf, failedServices, hasFailed, isFailing } from './failedServices.ts';
import { retryOf, strictest } from './retryOf.ts';

/** A task as people read it: every error explained, and why it failed in one place. */
export function listedTask(task: Task): ListedTask {
  return {
    ...task,
    services: task.services.map(listedService),
    validation: task.validation.map(listedService),
    failure: failureOf(task),
  };
}

function listedService(service: ServiceStatus): ListedService {
  const errors = isFailing(service.status) ? errorsOf(service) : service.errors;
  return { ...service, errors: errors.map(explained) };
}

function explained({ code, message }: TaskError): ExplainedError {
  return { ...explainCode(code), message };
}

function failureOf(task: Task): TaskFailure | null {
  if (!hasFailed(task)) return null;
  const reported = failedServices(task).flatMap(errorsOf);
  const errors = (reported.length > 0 ? reported : [{ code: '', message: '' }]).map(explained);
  return {
    codes: distinct(errors.map(({ code }) => code)),
    meanings: distinct(errors.map(({ meaning }) => meaning)),
    whoCanFix: distinct(errors.map(({ whoCanFix }) => whoCanFix)),
    // While other workloads go on there is nothing to try again yet; what is shown is what it will come to.
    retry: task.outcome === null ? strictest(errors.map(({ retry }) => retry)) : retryOf(task),
    scope: errors.some(({ scope }) => scope === 'tenant') ? 'tenant' : 'user',
    steps: distinct(errors.map(({ step }) => step)),
  };
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
