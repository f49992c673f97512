import { GraphRefusal } from '../graphAnswer.ts';
import type { JobBook } from '../jobBook.ts';
import type { JobRecord } from '../jobRecord.ts';
import type { Scenario } from '../scenario.ts';
import type { TaskBook } from './taskBook.ts';

const moving: readonly string[] = [
  'processing',
  'inProgress',
  'adminActionRequired',
  'cuttingOver',
];
const codes = {
  422: 'quotaLimitReached',
  429: 'activityLimitReached',
  503: 'serviceNotAvailable',
  507: 'quotaLimitReached',
} as const;

/**
 * The moves of OneDrives and sites that a source tenant has queued or running: its unfinished tasks, and the users of its
 * running jobs whose OneDrives move. Their number is limited for all of them together (OneDrive migration: overview).
 */
export class MoveQueue {
  readonly #scenario: Scenario;
  readonly #tasks: TaskBook;
  readonly #jobs: JobBook;

  constructor(scenario: Scenario, tasks: TaskBook, jobs: JobBook) {
    this.#scenario = scenario;
    this.#tasks = tasks;
    this.#jobs = jobs;
  }

  /** Throws a GraphRefusal when one more task does not fit. */
  admitTask(sourceTenantId: string, nowMs: number): void {
    this.#admit(this.#length(sourceTenantId, nowMs) + 1);
  }

  /** Throws a GraphRefusal when the OneDrives of a job do not fit and the scenario limits jobs as well. */
  admitJob(record: JobRecord, nowMs: number): void {
    if (
      !this.#scenario.sharePoint.switches.queueLimitsJobs ||
      !record.job.workloads.includes('ODSP')
    )
      return;
    this.#admit(this.#length(record.job.sourceTenantId, nowMs, record) + this.#oneDrives(record));
  }

  #length(sourceTenantId: string, nowMs: number, except?: JobRecord): number {
    const tasks = this.#tasks.unfinished(sourceTenantId, nowMs);
    if (!this.#scenario.sharePoint.switches.jobsShareQueue) return tasks;
    const jobs = this.#jobs
      .all()
      .filter(
        (record) =>
          record !== except &&
          record.job.sourceTenantId === sourceTenantId &&
          record.job.workloads.includes('ODSP'),
      )
      .filter((record) => moving.includes(this.#jobs.step(record, nowMs).status));
    return tasks + jobs.reduce((sum, record) => sum + this.#oneDrives(record), 0);
  }

  #oneDrives(record: JobRecord): number {
    const { users, cancelledUsers } = this.#jobs.course(record);
    return users.length - cancelledUsers.size;
  }

  #admit(length: number): void {
    const { maxQueuedMoves, overQueueStatus } = this.#scenario.sharePoint.switches;
    if (length <= maxQueuedMoves) return;
    const message = `At most ${String(maxQueuedMoves)} moves of a source tenant can be queued or running.`;
    const later = overQueueStatus === 429 || overQueueStatus === 503;
    throw new GraphRefusal(
      overQueueStatus,
      codes[overQueueStatus],
      message,
      [],
      later ? { 'retry-after': '300' } : {},
    );
  }
}
