import { z } from 'zod';
import type { TaskUpdate } from '../contracts/command.ts';
import { allWorkloads, type ExchangeSettings, type Workload } from '../contracts/request.ts';
import { jobStatuses, serviceStatuses } from '../domain/lifecycle.ts';
import { flatErrors, loose, looseInstant, looseText, textOrNull } from './problems.ts';
import type { GraphResult } from './result.ts';

/** A `crossTenantMigrationJob`, as far as the app uses it. Dates are Graph's own text. */
export interface Job {
  readonly id: string;
  readonly displayName: string;
  /** In lower camel case if documented (`Canceled` becomes `cancelled`), else unchanged. */
  readonly status: string;
  readonly message: string;
  readonly completeAfterDateTime: string | null;
  readonly sourceTenantId: string | null;
  /** Often empty although the job has users, so do not use it to check membership. */
  readonly resources: readonly string[];
  readonly lastUpdatedDateTime: string | null;
}

/** A `crossTenantMigrationTask`: one user of a job. */
export interface JobTask {
  readonly id: string;
  readonly lastUpdatedDateTime: string | null;
  readonly services: readonly {
    /** `Teams`, `Exchange`, `ODSP` or `Meeting` in this spelling; an unknown one is unchanged. */
    readonly service: string;
    readonly status: string;
    readonly message: string;
    readonly errors: readonly { readonly code: string; readonly message: string }[];
  }[];
}

/** The values of a job to create. */
export interface NewJob {
  readonly displayName: string;
  readonly sourceTenantId: string;
  /** ISO 8601 in UTC; the client sends whole seconds. */
  readonly completeAfterDateTime: string;
  readonly workloads: readonly Workload[];
  readonly exchangeSettings?: ExchangeSettings;
  readonly resources: readonly string[];
}

/**
 * The operations of `/solutions/migrations/crossTenantMigrationJobs`, which run in the target
 * tenant.
 */
export interface JobClient {
  createJob(job: NewJob): Promise<GraphResult<Job>>;
  getJob(jobId: string): Promise<GraphResult<Job>>;
  /** Reads a job by its alternate key: `crossTenantMigrationJobs(displayName='…')`. */
  findJobByName(displayName: string): Promise<GraphResult<Job>>;
  validateJob(jobId: string): Promise<GraphResult<Job | null>>;
  migrateJob(jobId: string): Promise<GraphResult<Job | null>>;
  cancelJob(jobId: string): Promise<GraphResult<null>>;
  /** Changes the earliest cutover, the only member that Graph lets you update. */
  updateJob(jobId: string, completeAfterDateTime: string): Promise<GraphResult<null>>;
  cancelTask(jobId: string, taskId: string): Promise<GraphResult<null>>;
  /**
   * Adds a user to a job. Returns `rejected` with status 405 if the tenant's API does not support
   * it.
   */
  createTask(jobId: string, taskId: string, update: TaskUpdate): Promise<GraphResult<null>>;
  /**
   * Updates a user's task. Returns `rejected` with status 405 if the tenant's API does not support
   * it.
   */
  updateTask(jobId: string, taskId: string, update: TaskUpdate): Promise<GraphResult<null>>;
  getTask(jobId: string, taskId: string): Promise<GraphResult<JobTask>>;
  /**
   * Deletes a job permanently. Microsoft purges its data within 30 days, so only an operator
   * decides this.
   */
  deleteJob(jobId: string): Promise<GraphResult<null>>;
  /** Lists every job of the tenant, newest first. */
  listJobs(): Promise<GraphResult<readonly Job[]>>;
  countJobs(): Promise<GraphResult<number>>;
  countTasks(jobId: string): Promise<GraphResult<number>>;
  /** Lists every user of the job. */
  listJobTasks(jobId: string): Promise<GraphResult<readonly JobTask[]>>;
  /** Makes one cheap read (`$top=1`) to check identity, permission and role. */
  checkAccess(): Promise<GraphResult<null>>;
}

const wrapperSchema = z.looseObject({
  value: z.record(z.string(), z.unknown()),
  id: z.undefined().optional(),
});

/**
 * Returns the entity in a body. Some of Graph's pages show it bare, others as `{ "value": { … } }`.
 */
export function unwrapped(body: unknown): unknown {
  const wrapper = wrapperSchema.safeParse(body);
  return wrapper.success ? wrapper.data.value : body;
}

const jobMembers = z.looseObject({
  // Every later call has the id in its URL, so it must be a GUID.
  id: z.guid(),
  status: z.string().min(1),
  displayName: looseText,
  message: looseText,
  completeAfterDateTime: looseInstant,
  sourceTenantId: textOrNull,
  resources: loose((value) =>
    Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [],
  ),
  lastUpdatedDateTime: looseInstant,
});

function jobOf({
  id,
  displayName,
  status,
  message,
  completeAfterDateTime,
  sourceTenantId,
  resources,
  lastUpdatedDateTime,
}: z.output<typeof jobMembers>): Job {
  return {
    id,
    displayName,
    status: normalised(status, jobStatuses),
    message,
    completeAfterDateTime,
    sourceTenantId,
    resources,
    lastUpdatedDateTime,
  };
}

/**
 * Parses a `crossTenantMigrationJob` (Graph: resource type). Only the id and the status are
 * required; all else is lenient.
 */
export const jobSchema = jobMembers.transform(jobOf);

/**
 * Parses the response to a create. Only the id is required, because it proves that the job exists.
 */
export const createdJobSchema = jobMembers.extend({ status: looseText }).transform(jobOf);

const serviceMembers = z.looseObject({
  service: looseText,
  status: looseText,
  message: looseText,
  errors: loose(flatErrors),
});

// An unreadable service stays in the list with an empty status. Without it the user would appear
// finished.
const serviceSchema = loose((value): JobTask['services'][number] => {
  const { service, status, message, errors } = serviceMembers.safeParse(value).data ?? {
    service: '',
    status: '',
    message: '',
    errors: [],
  };
  return {
    service: normalised(service, allWorkloads),
    status: normalised(status, serviceStatuses),
    message,
    errors,
  };
});

/** Parses a `crossTenantMigrationTask` (Graph: resource type). */
export const jobTaskSchema = z
  .looseObject({
    id: z.string().min(1),
    lastUpdatedDateTime: looseInstant,
    currentStatus: z.array(serviceSchema).nullish(),
  })
  .transform(({ id, lastUpdatedDateTime, currentStatus }): JobTask => ({
    id: id.toLowerCase(),
    lastUpdatedDateTime,
    services: currentStatus ?? [],
  }));

/**
 * Returns the known spelling of a name in any case (`Canceled` becomes `cancelled`), or the name
 * unchanged.
 */
export function normalised(value: string, known: readonly string[]): string {
  const lower = value.toLowerCase() === 'canceled' ? 'cancelled' : value.toLowerCase();
  return known.find((name) => name.toLowerCase() === lower) ?? value;
}
