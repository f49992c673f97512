import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Journal } from '../journal.ts';
import type { Scenario } from '../scenario.ts';
import type { CreatedJob, JobEvent, JobRecord } from './jobRecord.ts';
import { type JobStep, type JobTimeline, jobTimeline, stepAt } from './jobTimeline.ts';

// Only the emulator writes this file, so an event in it has the members of its kind.
const lineSchema = z.object({
  jobId: z.string(),
  event: z.custom<JobEvent>(
    (event) => z.looseObject({ kind: z.string() }).safeParse(event).success,
  ),
});
const endedStatuses: readonly string[] = [
  'completed',
  'completedWithErrors',
  'failed',
  'cancelled',
  'pendingDelete',
  'deleted',
];

/**
 * Stores all jobs as lists of events. With a data folder, each event is also appended to a file, which is read at the next
 * start.
 */
export class JobStore {
  readonly #records = new Map<string, { readonly job: CreatedJob; readonly events: JobEvent[] }>();
  readonly #timelines = new Map<string, JobTimeline>();
  readonly #scenario: Scenario;
  readonly #journal: Journal<z.infer<typeof lineSchema>>;
  /** Creates an id for a job, task or request. */
  readonly newId: () => string;

  constructor(scenario: Scenario, dataDir?: string, newId: () => string = randomUUID) {
    this.#scenario = scenario;
    this.newId = newId;
    this.#journal = new Journal(dataDir, 'jobs.jsonl', lineSchema);
    for (const { jobId, event } of this.#journal.read()) this.#apply(jobId, event);
  }

  /** Writes an event to the journal and applies it. */
  add(jobId: string, event: JobEvent): void {
    this.#journal.append({ jobId, event });
    this.#apply(jobId, event);
  }

  /** Returns the job with this id or display name. */
  find(idOrName: string): JobRecord | undefined {
    return this.#records.get(idOrName.toLowerCase()) ?? this.findByName(idOrName);
  }

  findByName(displayName: string): JobRecord | undefined {
    return [...this.#records.values()].find(
      ({ job }) => job.displayName.toLowerCase() === displayName.toLowerCase(),
    );
  }

  /** Returns all jobs, newest first. */
  all(): readonly JobRecord[] {
    return [...this.#records.values()].reverse();
  }

  timeline(record: JobRecord): JobTimeline {
    const known = this.#timelines.get(record.job.id);
    if (known !== undefined) return known;
    const timeline = jobTimeline(record, this.#scenario);
    this.#timelines.set(record.job.id, timeline);
    return timeline;
  }

  /** Returns the step that a job is in at an instant. */
  stepAt(record: JobRecord, atMs: number): JobStep {
    return stepAt(this.timeline(record), atMs);
  }

  /** Returns the users of a job who are in an earlier job that has not ended at this instant. */
  busyUsers(record: JobRecord, atMs: number): readonly string[] {
    const records = [...this.#records.values()];
    const earlier = records.slice(
      0,
      records.findIndex(({ job }) => job.id === record.job.id),
    );
    const active = earlier.filter(
      (other) => !endedStatuses.includes(this.stepAt(other, atMs).status),
    );
    const busy = new Set(
      active.flatMap((other) =>
        this.timeline(other).users.filter((user) => !this.timeline(other).cancelledUsers.has(user)),
      ),
    );
    return this.timeline(record).users.filter((user) => busy.has(user));
  }

  #apply(jobId: string, event: JobEvent): void {
    this.#timelines.delete(jobId);
    if (event.kind === 'created') this.#records.set(jobId, { job: event.job, events: [event] });
    else this.#records.get(jobId)?.events.push(event);
  }
}
