import type { TokenCredential } from '@azure/core-auth';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import type { Config } from '../config/config.ts';
import type { TaskUpdate } from '../contracts/command.ts';
import { guidSchema } from '../contracts/ids.ts';
import { graphCall, listAll, odataText } from './call.ts';
import type { CallBudget } from './callBudget.ts';
import {
  createdJobSchema,
  type Job,
  type JobClient,
  jobSchema,
  type JobTask,
  jobTaskSchema,
  type NewJob,
} from './jobs.ts';
import { createSend } from './pipeline.ts';

export interface JobClientOptions {
  readonly config: Pick<Config, 'graph'>;
  readonly credential: TokenCredential;
  /** Defaults to the library's client. */
  readonly httpClient?: HttpClient;
  /** Milliseconds before the first retry of a read. */
  readonly readRetryDelayMs?: number;
  /** Returns the current time in epoch milliseconds. Defaults to `Date.now`. */
  readonly nowMs?: () => number;
  /** The budget that all clients of the target tenant share. Defaults to a budget of its own. */
  readonly budget?: CallBudget;
}

/**
 * Creates the client for Graph's job operations in the target tenant. Ids are validated before they
 * become part of a URL.
 */
export function createJobClient({ config, ...options }: JobClientOptions): JobClient {
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
    createJob: (newJob) =>
      graphCall(
        send,
        'create job',
        'POST',
        jobs,
        (body): Job => createdJobSchema.parse(body),
        createBody(newJob),
      ),
    getJob: async (jobId) => graphCall(send, 'get job', 'GET', job(jobId), parseJob),
    findJobByName: (displayName) =>
      graphCall(
        send,
        'find job',
        'GET',
        `${jobs}(displayName='${odataText(displayName)}')`,
        parseJob,
      ),
    validateJob: async (jobId) =>
      graphCall(send, 'validate job', 'POST', `${job(jobId)}/validate`, parseOptionalJob),
    migrateJob: async (jobId) =>
      graphCall(send, 'migrate job', 'POST', `${job(jobId)}/migrate`, parseOptionalJob),
    cancelJob: async (jobId) =>
      graphCall(send, 'cancel job', 'POST', `${job(jobId)}/cancel`, () => null),
    updateJob: async (jobId, completeAfterDateTime) =>
      graphCall(send, 'update job', 'PATCH', job(jobId), () => null, {
        completeAfterDateTime: wholeSeconds(completeAfterDateTime),
      }),
    cancelTask: async (jobId, taskId) =>
      graphCall(send, 'cancel user', 'POST', `${task(jobId, taskId)}/cancel`, () => null),
    createTask: async (jobId, taskId, update) =>
      graphCall(
        send,
        'create user task',
        'POST',
        `${job(jobId)}/users`,
        () => null,
        taskBody(update, guidSchema.parse(taskId)),
      ),
    updateTask: async (jobId, taskId, update) =>
      graphCall(
        send,
        'update user task',
        'PATCH',
        task(jobId, taskId),
        () => null,
        taskBody(update),
      ),
    getTask: async (jobId, taskId) =>
      graphCall(send, 'get user task', 'GET', task(jobId, taskId), (body): JobTask =>
        jobTaskSchema.parse(body),
      ),
    deleteJob: async (jobId) => graphCall(send, 'delete job', 'DELETE', job(jobId), () => null),
    listJobs: () => listAll('list jobs', send, jobs, jobSchema),
    countJobs: () => graphCall(send, 'count jobs', 'GET', `${jobs}/$count`, parseCount),
    countTasks: async (jobId) =>
      graphCall(send, 'count users', 'GET', `${job(jobId)}/users/$count`, parseCount),
    listJobTasks: async (jobId) => {
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
    checkAccess: () => graphCall(send, 'check access', 'GET', `${jobs}?$top=1`, () => null),
  };
}

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

/** Removes the fraction of an instant: Graph's examples send whole seconds. */
function wholeSeconds(instant: string): string {
  return new Date(instant).toISOString().replace(/\.\d+Z$/, 'Z');
}
