import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { batchIdSchema } from '../../shared/contracts/ids.ts';
import { allWorkloads } from '../../shared/contracts/request.ts';
import type { ListedService, ListedTask } from '../../shared/contracts/responses.ts';
import {
  type ExplainedError,
  outcomeSchema,
  retryKindSchema,
  type ServiceStatus,
  type Task,
  type TaskError,
  type TaskFailure,
  whoCanFixSchema,
} from '../../shared/contracts/task.ts';
import { explainCode } from '../../shared/domain/errorCatalogue/errorCatalogue.ts';
import {
  errorsOf,
  failedServices,
  hasFailed,
  isFailedStatus,
} from '../../shared/domain/failures.ts';
import { retryOf, strictest } from '../../shared/domain/outcomes.ts';
import type { Page } from '../../shared/storage/rows.ts';
import type { TaskStore } from '../../shared/storage/stores.ts';
import { type Call, type OfMigration, pageQuerySchema, pageResponse } from './route.ts';

/**
 * The query of `GET /migrations/{id}/tasks`. CSV contains all pages. The filter for an error code
 * is `errorCode`, because `code` is the function key.
 */
export const tasksQuerySchema = pageQuerySchema(200, 1_000).extend({
  batchId: batchIdSchema.optional(),
  outcome: z.enum([...outcomeSchema.options, 'pending']).optional(),
  errorCode: z.string().min(1).max(200).optional(),
  whoCanFix: whoCanFixSchema.optional(),
  retry: retryKindSchema.optional(),
});
type TasksQuery = z.output<typeof tasksQuerySchema>;

/** Returns a task with every error explained and the reasons of its failure summarized. */
export function listedTask(task: Task): ListedTask {
  const { creation: _creation, ...shown } = task;
  return {
    ...shown,
    services: task.services.map(listedService),
    validation: task.validation.map(listedService),
    failure: failureOf(task),
  };
}

function listedService(service: ServiceStatus): ListedService {
  const errors = isFailedStatus(service.status) ? errorsOf(service) : service.errors;
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
    // While other workloads are running, nothing can be retried yet: the expected retry is shown.
    retry: task.outcome === null ? strictest(errors.map(({ retry }) => retry)) : retryOf(task),
    scope: errors.some(({ scope }) => scope === 'tenant') ? 'tenant' : 'user',
    steps: distinct(errors.map(({ step }) => step)),
  };
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

/**
 * The number of storage pages that one request may read while it searches for tasks that match a
 * filter.
 */
const maxPages = 10;

/**
 * Returns one page of explained tasks. Storage filters by batch and outcome; the other filters use
 * explanations, which are not stored, so they are applied here: a page may be short, or empty,
 * although more pages follow.
 */
async function listedTasks(
  store: TaskStore,
  migrationId: string,
  query: TasksQuery,
): Promise<Page<ListedTask>> {
  const { errorCode, whoCanFix, retry, ...stored } = query;
  let { continuationToken } = stored;
  for (let pages = 1; ; pages += 1) {
    const page = await store.list(migrationId, { ...stored, continuationToken });
    const items = page.items
      .map(listedTask)
      .filter((task) => matches(task, { errorCode, whoCanFix, retry }));
    continuationToken = page.continuationToken;
    if (continuationToken === undefined) return { items };
    if (items.length > 0 || pages === maxPages) return { items, continuationToken };
  }
}

function matches(
  { services, failure }: ListedTask,
  { errorCode, whoCanFix, retry }: Pick<TasksQuery, 'errorCode' | 'whoCanFix' | 'retry'>,
): boolean {
  const wanted = errorCode?.toLowerCase();
  return (
    (wanted === undefined ||
      failure?.codes.some((code) => code.toLowerCase() === wanted) === true ||
      hasCode(services, wanted)) &&
    (whoCanFix === undefined || failure?.whoCanFix.includes(whoCanFix) === true) &&
    (retry === undefined || failure?.retry === retry)
  );
}

/**
 * Returns true if a workload has the code, even a succeeded one: some messages of a migrated chat
 * may have failed.
 */
function hasCode(services: ListedTask['services'], wanted: string): boolean {
  return services.some(({ errors }) => errors.some(({ code }) => code.toLowerCase() === wanted));
}

/** The services of a task: the workloads of a user, or `SharePoint`. */
const services = [...allWorkloads, 'SharePoint'] as const;

const columns = [
  'migrationId',
  'batchId',
  'taskId',
  'sourceUserPrincipalName',
  'outcome',
  ...services,
  'source',
  'target',
  'codes',
  'messages',
  'meanings',
  'whoCanFix',
  'retry',
  'scope',
  'steps',
  'jobId',
  'updatedAt',
] as const;

/**
 * Returns all tasks as CSV, one row per task: the status of each workload, source and target of a
 * SharePoint task, then codes, messages, meanings and steps of all errors, separated by ` | `.
 * `whoCanFix` and `retry` describe the task as a whole and are empty unless it failed. Cells that a
 * spreadsheet would read as formulas are escaped.
 */
async function tasksCsv(
  load: (continuationToken: string | undefined) => Promise<Page<ListedTask>>,
): Promise<string> {
  const parts = [stringify([columns])];
  let continuationToken: string | undefined;
  do {
    const page = await load(continuationToken);
    parts.push(stringify(page.items.map(cells), { escape_formulas: true }));
    continuationToken = page.continuationToken;
  } while (continuationToken !== undefined);
  return parts.join('');
}

function cells(task: ListedTask): string[] {
  const { failure } = task;
  const errors = task.services.flatMap((service) => service.errors);
  return [
    task.migrationId,
    task.batchId,
    task.taskId,
    task.sourceUserPrincipalName ?? '',
    task.outcome ?? 'pending',
    ...services.map((name) => task.services.find(({ service }) => service === name)?.status ?? ''),
    task.source ?? '',
    task.target ?? '',
    errors.length === 0 ? joined(failure?.codes) : errors.map(({ code }) => code).join(' | '),
    errors.map(({ message }) => message).join(' | '),
    joined(errors.length === 0 ? failure?.meanings : errors.map(({ meaning }) => meaning)),
    joined(failure?.whoCanFix),
    failure?.retry ?? '',
    failure?.scope ?? '',
    joined(errors.length === 0 ? failure?.steps : errors.map(({ step }) => step)),
    task.jobId ?? '',
    task.updatedAt,
  ];
}

/** Joins texts, each once: several codes often have the same step. */
function joined(texts: readonly string[] = []): string {
  return [...new Set(texts)].join(' | ');
}

/**
 * Lists the tasks of a migration with their workloads and explained errors, as pages of JSON or as
 * one CSV file.
 */
export async function listTasks({
  request,
  services: { stores },
  migration,
  query,
}: Call & OfMigration & { readonly query: TasksQuery }): Promise<HttpResponseInit> {
  if (!prefersCsv(request))
    return pageResponse(request, await listedTasks(stores.tasks, migration.id, query));
  return {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${migration.id}-tasks.csv"`,
    },
    body: await tasksCsv((continuationToken) =>
      listedTasks(stores.tasks, migration.id, { ...query, pageSize: 1_000, continuationToken }),
    ),
  };
}

/** Returns true if the request accepts `text/csv` by name, and not after JSON. */
function prefersCsv(request: HttpRequest): boolean {
  const accepted = (request.headers.get('accept') ?? '').toLowerCase();
  const csv = accepted.indexOf('text/csv');
  const json = accepted.indexOf('application/json');
  return csv !== -1 && (json === -1 || csv < json);
}
