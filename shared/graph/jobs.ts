import { z } from 'zod';
import type { Config } from '../config/config.ts';
import type { TaskUpdate } from '../contracts/command.ts';
import { guidSchema } from '../contracts/ids.ts';
import { allWorkloads, type ExchangeSettings, type Workload } from '../contracts/request.ts';
import { wholeSeconds } from '../contracts/text.ts';
import { jobStatuses, serviceStatuses } from '../domain/lifecycle.ts';
import { graphCall, listAll, odataText } from './call.ts';
import { createSend, type PipelineOptions } from './pipeline.ts';
import { flatErrors, loose, looseInstant, looseText, normalised, textOrNull } from './problems.ts';

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
const createdJobSchema = jobMembers.extend({ status: looseText }).transform(jobOf);

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
const jobTaskSchema = z
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

export interface JobClientOptions extends Omit<PipelineOptions, 'scope'> {
  readonly config: Pick<Config, 'graph'>;
}

/**
 * Creates the client for Graph's job operations in the target tenant. Ids are validated before they
 * become part of a URL.
 */
export function createJobClient({ config, ...options }: JobClientOptions) {
  const { baseUrl, jobsVersion } = config.graph;
  const send = createSend({ ...options, scope: `${baseUrl}/.default` });
  const jobs = `${baseUrl}/${jobsVersion}/solutions/migrations/crossTenantMigrationJobs`;
  const job = (jobId: string): string => `${jobs}/${guidSchema.parse(jobId)}`;

  const task = (jobId: string, taskId: string): string =>
    `${job(jobId)}/users/${guidSchema.parse(taskId)}`;

  const parseJob = (body: unknown): Job => jobSchema.parse(body);
  // Graph's pages differ on whether an action returns the job, so the caller reads the job again.
  const parseOptionalJob = (body: unknown): Job | null => jobSchema.safeParse(body).data ?? null;

  return {
    createJob: (newJob: NewJob) =>
      graphCall(
        send,
        'create job',
        'POST',
        jobs,
        (body): Job => createdJobSchema.parse(body),
        createBody(newJob),
      ),
    getJob: async (jobId: string) => graphCall(send, 'get job', 'GET', job(jobId), parseJob),
    /** Reads a job by its alternate key: `crossTenantMigrationJobs(displayName='…')`. */
    findJobByName: (displayName: string) =>
      graphCall(
        send,
        'find job',
        'GET',
        `${jobs}(displayName='${odataText(displayName)}')`,
        parseJob,
      ),
    validateJob: async (jobId: string) =>
      graphCall(send, 'validate job', 'POST', `${job(jobId)}/validate`, parseOptionalJob),
    migrateJob: async (jobId: string) =>
      graphCall(send, 'migrate job', 'POST', `${job(jobId)}/migrate`, parseOptionalJob),
    cancelJob: async (jobId: string) =>
      graphCall(send, 'cancel job', 'POST', `${job(jobId)}/cancel`, () => null),
    /** Changes the earliest cutover, the only member that Graph lets you update. */
    updateJob: async (jobId: string, completeAfterDateTime: string) =>
      graphCall(send, 'update job', 'PATCH', job(jobId), () => null, {
        completeAfterDateTime: wholeSeconds(completeAfterDateTime),
      }),
    cancelTask: async (jobId: string, taskId: string) =>
      graphCall(send, 'cancel user', 'POST', `${task(jobId, taskId)}/cancel`, () => null),
    /**
     * Adds a user to a job. Returns `rejected` with status 405 if the tenant's API does not support
     * it.
     */
    createTask: async (jobId: string, taskId: string, update: TaskUpdate) =>
      graphCall(
        send,
        'create user task',
        'POST',
        `${job(jobId)}/users`,
        () => null,
        taskBody(update, guidSchema.parse(taskId)),
      ),
    /**
     * Updates a user's task. Returns `rejected` with status 405 if the tenant's API does not
     * support it.
     */
    updateTask: async (jobId: string, taskId: string, update: TaskUpdate) =>
      graphCall(
        send,
        'update user task',
        'PATCH',
        task(jobId, taskId),
        () => null,
        taskBody(update),
      ),
    getTask: async (jobId: string, taskId: string) =>
      graphCall(send, 'get user task', 'GET', task(jobId, taskId), (body): JobTask =>
        jobTaskSchema.parse(body),
      ),
    /**
     * Deletes a job permanently. Microsoft purges its data within 30 days, so only an operator
     * decides this.
     */
    deleteJob: async (jobId: string) =>
      graphCall(send, 'delete job', 'DELETE', job(jobId), () => null),
    /** Lists every job of the tenant, newest first. */
    listJobs: () => listAll('list jobs', send, jobs, jobSchema),
    countJobs: () => graphCall(send, 'count jobs', 'GET', `${jobs}/$count`, parseCount),
    countTasks: async (jobId: string) =>
      graphCall(send, 'count users', 'GET', `${job(jobId)}/users/$count`, parseCount),
    /** Lists every user of the job. */
    listJobTasks: async (jobId: string) => {
      // A throttled page restarts the whole list, so large pages are cheaper. Graph does not
      // document `$top` here.
      const large = await listAll(
        'list users',
        send,
        `${job(jobId)}/users?$top=100`,
        jobTaskSchema,
      );
      return large.kind === 'rejected' && large.problem.httpStatus === 400
        ? listAll('list users', send, `${job(jobId)}/users`, jobTaskSchema)
        : large;
    },
    /** Makes one cheap read (`$top=1`) to check identity, permission and role. */
    checkAccess: () => graphCall(send, 'check access', 'GET', `${jobs}?$top=1`, () => null),
  };
}

/**
 * The operations of `/solutions/migrations/crossTenantMigrationJobs`, which run in the target
 * tenant.
 */
export type JobClient = ReturnType<typeof createJobClient>;

/**
 * Returns the body that creates or updates a user's task (Graph: create and update
 * crossTenantMigrationTask).
 */
function taskBody(
  { taskType, lastUpdatedDateTime, currentStatus }: TaskUpdate,
  id?: string,
): object {
  return {
    '@odata.type': '#microsoft.graph.crossTenantMigrationTask',
    ...(id === undefined ? {} : { id }),
    taskType,
    ...(lastUpdatedDateTime === undefined
      ? {}
      : { lastUpdatedDateTime: wholeSeconds(lastUpdatedDateTime) }),
    ...(currentStatus === undefined
      ? {}
      : {
          currentStatus: currentStatus.map((one) => ({
            '@odata.type': 'microsoft.graph.crossTenantMigrationServiceStatusDetails',
            ...one,
          })),
        }),
  };
}

/** Parses an integer, which Graph returns as `text/plain`. */
function parseCount(body: unknown): number {
  return z.int().min(0).parse(body);
}

function createBody({ completeAfterDateTime, resources, workloads, ...job }: NewJob): object {
  return {
    ...job,
    completeAfterDateTime: wholeSeconds(completeAfterDateTime),
    resourceType: 'Users',
    workloads: [...workloads],
    resources: [...resources],
  };
}
