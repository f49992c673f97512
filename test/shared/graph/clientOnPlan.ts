import type { TokenCredential } from '@azure/core-auth';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { createJobClient, type JobClient, type NewJob } from '../../../shared/graph/jobs.ts';
import type { GraphResult } from '../../../shared/graph/result.ts';
import { createSharePointClient } from '../../../shared/graph/sharePointClient.ts';
import type { SharePointClient } from '../../../shared/graph/sharePointTasks.ts';
import { type Planned, plannedResponses, type Sent } from './plannedResponses.ts';

export const jobId = '0f1e2d3c-4b5a-4697-8877-665544332211';
export const userId = 'aaaaaaaa-0000-4000-8000-000000000001';
export const job = {
  id: jobId,
  displayName: 'wave07-b001',
  status: 'submitted',
  message: '',
  completeAfterDateTime: '2026-11-20T22:00:00Z',
  resources: [],
};
export const newJob: NewJob = {
  displayName: 'wave07-b001',
  sourceTenantId: '11111111-2222-3333-4444-555555555555',
  completeAfterDateTime: '2026-11-20T22:00:00Z',
  workloads: ['Teams'],
  resources: [userId],
};
export const credential: TokenCredential = {
  getToken: () => Promise.resolve({ token: 't', expiresOnTimestamp: Date.now() + 3_600_000 }),
};

const graph = { baseUrl: 'https://graph.microsoft.com', jobsVersion: 'v1.0' as const };

export interface Clients {
  readonly jobs: JobClient;
  readonly sharePoint: SharePointClient;
}

/** Both clients over one network. */
export function clientsOver(httpClient: HttpClient, token: TokenCredential = credential): Clients {
  return {
    jobs: createJobClient({
      config: { graph },
      credential: token,
      httpClient,
      readRetryDelayMs: 1,
    }),
    sharePoint: createSharePointClient({
      config: { graph },
      sourceCredential: token,
      targetCredential: token,
      httpClient,
      readRetryDelayMs: 1,
    }),
  };
}

/** Returns both clients with planned responses. */
export function clientsOn(...plan: Planned[]): Clients & { readonly sent: readonly Sent[] } {
  const { httpClient, sent } = plannedResponses(plan);
  return { ...clientsOver(httpClient), sent };
}

type Call = (clients: Clients) => Promise<GraphResult<unknown>>;

/** Every read that the app has. */
export const reads: Readonly<Record<string, Call>> = {
  getJob: ({ jobs }) => jobs.getJob(jobId),
  findJob: ({ jobs }) => jobs.findJobByName('wave07-b001'),
  listJobs: ({ jobs }) => jobs.listJobs(),
  countJobs: ({ jobs }) => jobs.countJobs(),
  listTasks: ({ jobs }) => jobs.listJobTasks(jobId),
  countTasks: ({ jobs }) => jobs.countTasks(jobId),
  getTask: ({ jobs }) => jobs.getTask(jobId, userId),
  getSharePointTask: ({ sharePoint }) => sharePoint.getTask(jobId),
  findSharePointTaskByUser: ({ sharePoint }) => sharePoint.getTaskByUser('lee@contoso.com'),
  findSharePointTaskBySite: ({ sharePoint }) =>
    sharePoint.getTaskBySite('https://contoso.sharepoint.com/sites/IT'),
  findSharePointTaskByGroup: ({ sharePoint }) => sharePoint.getTaskByGroup('sales'),
  getUserMapping: ({ sharePoint }) => sharePoint.getUserMapping('lee@contoso.com'),
  getGroupMapping: ({ sharePoint }) => sharePoint.getGroupMapping(jobId),
};

/** The writes whose response has a value that the app uses. */
export const creates: Readonly<Record<string, Call>> = {
  createJob: ({ jobs }) => jobs.createJob(newJob),
  createSharePointTask: ({ sharePoint }) =>
    sharePoint.createTask({
      '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
      targetOrganizationHost: 'https://fabrico-my.sharepoint.com',
      sourceSiteUrl: 'https://contoso.sharepoint.com/sites/IT',
      targetSiteUrl: 'https://fabrico.sharepoint.com/sites/IT',
    }),
};

/** The writes that only have to be accepted. */
export const actions: Readonly<Record<string, Call>> = {
  validateJob: ({ jobs }) => jobs.validateJob(jobId),
  migrateJob: ({ jobs }) => jobs.migrateJob(jobId),
  cancelJob: ({ jobs }) => jobs.cancelJob(jobId),
  updateJob: ({ jobs }) => jobs.updateJob(jobId, '2026-11-21T22:00:00Z'),
  deleteJob: ({ jobs }) => jobs.deleteJob(jobId),
  cancelTask: ({ jobs }) => jobs.cancelTask(jobId, userId),
  createTask: ({ jobs }) => jobs.createTask(jobId, userId, { taskType: 'users' }),
  updateTask: ({ jobs }) => jobs.updateTask(jobId, userId, { taskType: 'users' }),
  cancelSharePointTask: ({ sharePoint }) => sharePoint.cancelTask(jobId),
  updateUserMappings: ({ sharePoint }) =>
    sharePoint.patchUserMappings([
      {
        sourceUserIdentity: { userPrincipalName: 'a@contoso.com' },
        targetUserIdentity: { userPrincipalName: 'a@fabrico.com' },
      },
    ]),
};
