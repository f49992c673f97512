import type { TaskUpdate } from '../contracts/taskUpdate.ts';
import type { ExchangeSettings } from '../contracts/usersRequest.ts';
import type { Workload } from '../contracts/workload.ts';
import type { GraphResult } from './graphResult.ts';

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
