import { GraphError } from '../graphResponse.ts';
import type { JobStore } from '../jobs/jobStore.ts';
import type { JobRecord } from '../jobs/jobRecord.ts';
import type { Scenario } from '../scenario.ts';
import type { TaskStore } from './taskStore.ts';

const runningStatuses: readonly string[] = [
  'processing',
  'inProgress',
  'adminActionRequired',
  'cuttingOver',
];
const fullQueueCodes = {
  422: 'quotaLimitReached',
  429: 'activityLimitReached',
  503: 'serviceNotAvailable',
  507: 'quotaLimitReached',
} as const;

/**
 * Limits the OneDrive and SharePoint moves that a source tenant has queued or running: its unfinished tasks, and the users of
 * its running jobs with ODSP. One limit applies to all of them together (OneDrive migration: overview).
 */
export class MigrationQueue {
  readonly #scenario: Scenario;
  readonly #tasks: TaskStore;
  readonly #jobs: JobStore;

  constructor(scenario: Scenario, tasks: TaskStore, jobs: JobStore) {
    this.#scenario = scenario;
    this.#tasks = tasks;
    this.#jobs = jobs;
  }

  /** Throws a GraphError when one more task would exceed the limit. */
  admitTask(sourceTenantId: string, nowMs: number): void {
    this.#admit(this.#length(sourceTenantId, nowMs) + 1);
  }

  /** Throws a GraphError when the OneDrives of a job would exceed the limit and the scenario limits jobs as well. */
  admitJob(record: JobRecord, nowMs: number): void {
    if (
      !this.#scenario.sharePoint.switches.queueLimitsJobs ||
      !record.job.workloads.includes('ODSP')
    )
      return;
    this.#admit(this.#length(record.job.sourceTenantId, nowMs, record) + this.#oneDrives(record));
  }

  #length(sourceTenantId: string, nowMs: number, except?: JobRecord): number {
    const tasks = this.#tasks.countUnfinished(sourceTenantId, nowMs);
    if (!this.#scenario.sharePoint.switches.jobsShareQueue) return tasks;
    const jobs = this.#jobs
      .all()
      .filter(
        (record) =>
          record !== except &&
          record.job.sourceTenantId === sourceTenantId &&
          record.job.workloads.includes('ODSP'),
      )
      .filter((record) => runningStatuses.includes(this.#jobs.stepAt(record, nowMs).status));
    return tasks + jobs.reduce((sum, record) => sum + this.#oneDrives(record), 0);
  }

  #oneDrives(record: JobRecord): number {
    const { users, cancelledUsers } = this.#jobs.timeline(record);
    return users.length - cancelledUsers.size;
  }

  #admit(length: number): void {
    const { maxQueuedMoves, overQueueStatus } = this.#scenario.sharePoint.switches;
    if (length <= maxQueuedMoves) return;
    const message = `At most ${String(maxQueuedMoves)} moves of a source tenant can be queued or running.`;
    const canRetry = overQueueStatus === 429 || overQueueStatus === 503;
    throw new GraphError(
      overQueueStatus,
      fullQueueCodes[overQueueStatus],
      message,
      [],
      canRetry ? { 'retry-after': '300' } : {},
    );
  }
}
