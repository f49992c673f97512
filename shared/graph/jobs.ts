import { z } from 'zod';
import type { TaskUpdate } from '../contracts/command.ts';
import { allWorkloads, type ExchangeSettings, type Workload } from '../contracts/request.ts';
import { jobStatuses, serviceStatuses } from '../domain/lifecycle.ts';
import { flatErrors, loose, looseInstant, looseText, textOrNull } from './problems.ts';
import type { GraphResult } from './result.ts';

/** `crossTenantMigrationJob` as the app uses it. Dates keep Graph's own text. */
export interface Job {
  readonly id: string;
  readonly displayName: string;
  /** Lower-camel-case where known (`Canceled` → `cancelled`); an unknown one as it came. */
  readonly status: string;
  readonly message: string;
  readonly completeAfterDateTime: string | null;
  readonly sourceTenantId: string | null;
  /** Often empty in answers although the job has users: never a statement about membership. */
  readonly resources: readonly string[];
  readonly lastUpdatedDateTime: string | null;
}

/** One user of a job, `crossTenantMigrationTask`. */
export interface JobTask {
  readonly id: string;
  readonly lastUpdatedDateTime: string | null;
  readonly services: readonly {
    /** `Teams`, `Exchange`, `ODSP`, `Meeting` in this spelling; an unknown one as it came. */
    readonly service: string;
    readonly status: string;
    readonly message: string;
    readonly errors: readonly { readonly code: string; readonly message: string }[];
  }[];
}

export interface NewJob {
  readonly displayName: string;
  readonly sourceTenantId: string;
  /** ISO 8601 in UTC; the client sends whole seconds. */
  readonly completeAfterDateTime: string;
  readonly workloads: readonly Workload[];
  readonly exchangeSettings?: ExchangeSettings;
  readonly resources: readonly string[];
}

/** One function per operation of `/solutions/migrations/crossTenantMigrationJobs`, in the target tenant. */
export interface JobClient {
  createJob(job: NewJob): Promise<GraphResult<Job>>;
  getJob(jobId: string): Promise<GraphResult<Job>>;
  /** By the alternate key `crossTenantMigrationJobs(displayName='…')`. */
  findJobByName(displayName: string): Promise<GraphResult<Job>>;
  validateJob(jobId: string): Promise<GraphResult<Job | null>>;
  migrateJob(jobId: string): Promise<GraphResult<Job | null>>;
  cancelJob(jobId: string): Promise<GraphResult<null>>;
  /** Moves the earliest cutover, the only member that may be updated. */
  updateJob(jobId: string, completeAfterDateTime: string): Promise<GraphResult<null>>;
  cancelTask(jobId: string, taskId: string): Promise<GraphResult<null>>;
  /** Adds a user to a job; only where the tenant's API offers it, else `rejected` with status 405. */
  createTask(jobId: string, taskId: string, update: TaskUpdate): Promise<GraphResult<null>>;
  /** Writes into a user's task; only where the tenant's API offers it, else `rejected` with status 405. */
  updateTask(jobId: string, taskId: string, update: TaskUpdate): Promise<GraphResult<null>>;
  getTask(jobId: string, taskId: string): Promise<GraphResult<JobTask>>;
  /** Deletes a job for good, an operator's own decision: what Microsoft knows of it is gone within 30 days. */
  deleteJob(jobId: string): Promise<GraphResult<null>>;
  /** Every job of the tenant, newest first. */
  listJobs(): Promise<GraphResult<readonly Job[]>>;
  countJobs(): Promise<GraphResult<number>>;
  countTasks(jobId: string): Promise<GraphResult<number>>;
  /** Every user of the job: follows `@odata.nextLink` verbatim to the end. */
  listJobTasks(jobId: string): Promise<GraphResult<readonly JobTask[]>>;
  /** One cheap read (`$top=1`) that shows whether identity, permission and role are in place. */
  checkAccess(): Promise<GraphResult<null>>;
}

const wrapperSchema = z.looseObject({
  value: z.record(z.string(), z.unknown()),
  id: z.undefined().optional(),
});

/** Some pages show a single entity bare, others as `{ "value": { … } }`: either is taken. */
export function unwrapped(body: unknown): unknown {
  const wrapper = wrapperSchema.safeParse(body);
  return wrapper.success ? wrapper.data.value : body;
}

const jobMembers = z.looseObject({
  // Every later call carries it in its address, which takes nothing else.
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

/** `crossTenantMigrationJob` (Graph: resource type). Only the id and the status must be there; what only informs may be anything. */
export const jobSchema = jobMembers.transform(jobOf);

/** The job in the answer to a create: that it has an id says that it is there. */
export const createdJobSchema = jobMembers.extend({ status: looseText }).transform(jobOf);

const serviceMembers = z.looseObject({
  service: looseText,
  status: looseText,
  message: looseText,
  errors: loose(flatErrors),
});

/** A service that cannot be read stays in the list, with a status that is no end: without it the user would look finished. */
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

/** `crossTenantMigrationTask` (Graph: resource type). */
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

/** The known spelling of a name that came in another case (`Canceled` is `cancelled`); an unknown one as it came. */
export function normalised(value: string, known: readonly string[]): string {
  const lower = value.toLowerCase() === 'canceled' ? 'cancelled' : value.toLowerCase();
  return known.find((name) => name.toLowerCase() === lower) ?? value;
}
