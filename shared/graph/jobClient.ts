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
  /** Left out: the library's own. */
  readonly httpClient?: HttpClient;
  /** Milliseconds before the first repetition of a read. */
  readonly readRetryDelayMs?: number;
  /** The present instant in epoch milliseconds; left out: `Date.now`. */
  readonly nowMs?: () => number;
  /** What all calls to the target tenant share, whoever sends them; left out: one of its own. */
  readonly budget?: CallBudget;
}

/** The job operations of Graph in the target tenant. Ids are checked before they touch an address. */
export function createJobClient({ config, ...options }: JobClientOptions): JobClient {
  const { baseUrl, jobsVersion } = config.graph;
  const send = createSend({ ...options, scope: `${baseUrl}/.default` });
  const jobs = `${baseUrl}/${jobsVersion}/solutions/migrations/crossTenantMigrationJobs`;
  const job = (jobId: string): string => `${jobs}/${guidSchema.parse(jobId)}`;

  const task = (jobId: string, taskId: string): string =>
    `${job(jobId)}/users/${guidSchema.parse(taskId)}`;

  const parseJob = (body: unknown): Job => jobSchema.parse(body);
  // What an action answers is the job on one page, little or nothing on another: the caller reads the job again.
  const parseActed = (body: unknown): Job | null => jobSchema.safeParse(body).data ?? null;

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
      graphCall(send, 'validate job', 'POST', `${job(jobId)}/validate`, parseActed),
    migrateJob: async (jobId) =>
      graphCall(send, 'migrate job', 'POST', `${job(jobId)}/migrate`, parseActed),
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
      // A page that is refused for load costs those before it once more: the fewer pages, the better. Graph does not promise `$top`.
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

/** What may be written of a user's task (Graph: create and update crossTenantMigrationTask). */
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

/** `text/plain` with an integer. */
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

/** Graph's pages show no fraction in what is sent. */
function wholeSeconds(instant: string): string {
  return new Date(instant).toISOString().replace(/\.\d+Z$/, 'Z');
}
