import type { TokenCredential } from '@azure/core-auth';
import type { HttpClient, HttpMethods } from '@azure/core-rest-pipeline';
import type { Config } from '../config/config.ts';
import { guidSchema } from '../contracts/ids.ts';
import { asResult } from './asResult.ts';
import { createSend } from './graphPipeline.ts';
import type { GraphResult } from './graphResult.ts';
import type { Job, JobClient, JobTask, NewJob } from './jobClient.ts';
import { jobSchema } from './jobShapes.ts';
import { listJobTasks } from './listJobTasks.ts';

export interface JobClientOptions {
  readonly config: Pick<Config, 'graph'>;
  readonly credential: TokenCredential;
  /** Left out: the library's own. */
  readonly httpClient?: HttpClient;
  /** Milliseconds before the first repetition of a read. */
  readonly readRetryDelayMs?: number;
}

/** The job operations of Graph in the target tenant. Ids are checked before they touch an address. */
export function createJobClient({ config, ...options }: JobClientOptions): JobClient {
  const { baseUrl, jobsVersion } = config.graph;
  const send = createSend({ ...options, scope: `${baseUrl}/.default` });
  const jobs = `${baseUrl}/${jobsVersion}/solutions/migrations/crossTenantMigrationJobs`;
  const job = (jobId: string): string => `${jobs}/${guidSchema.parse(jobId)}`;

  const call = async <T>(operation: string, method: HttpMethods, url: string, parse: (body: unknown) => T, body?: object): Promise<GraphResult<T>> =>
    asResult(operation, method === 'GET' ? 'read' : 'write', await send({ method, url, ...(body === undefined ? {} : { body }) }), parse);
  const parseJob = (body: unknown): Job => jobSchema.parse(body);
  // What an action answers is the job on one page, little or nothing on another: the caller reads the job again.
  const parseActed = (body: unknown): Job | null => jobSchema.safeParse(body).data ?? null;

  return {
    createJob: (newJob) => call('create job', 'POST', jobs, parseJob, createBody(newJob)),
    getJob: async (jobId) => call('get job', 'GET', job(jobId), parseJob),
    findJobByName: (displayName) => call('find job', 'GET', `${jobs}(displayName='${alternateKey(displayName)}')`, parseJob),
    validateJob: async (jobId) => call('validate job', 'POST', `${job(jobId)}/validate`, parseActed),
    migrateJob: async (jobId) => call('migrate job', 'POST', `${job(jobId)}/migrate`, parseActed),
    cancelJob: async (jobId) => call('cancel job', 'POST', `${job(jobId)}/cancel`, () => null),
    updateJob: async (jobId, completeAfterDateTime) => call('update job', 'PATCH', job(jobId), () => null, { completeAfterDateTime: wholeSeconds(completeAfterDateTime) }),
    cancelTask: async (jobId, taskId) => call('cancel user', 'POST', `${job(jobId)}/users/${guidSchema.parse(taskId)}/cancel`, () => null),
    listJobTasks: async (jobId): Promise<GraphResult<readonly JobTask[]>> => listJobTasks(send, `${job(jobId)}/users`),
    checkAccess: () => call('check access', 'GET', `${jobs}?$top=1`, () => null),
  };
}

/** A name inside the quotes of an alternate key (OData: a quote is doubled, then the whole is percent-encoded). */
function alternateKey(displayName: string): string {
  return encodeURIComponent(displayName.replaceAll("'", "''")).replaceAll("'", '%27');
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
