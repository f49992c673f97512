import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { CreatedJob, JobEvent, JobRecord } from './jobRecord.ts';
import { Journal } from './journal.ts';
import type { Scenario } from './scenario.ts';
import { type Course, courseOf, type Step, stepAt } from './timeline.ts';

// The file is this program's own: an event in it is one that it wrote.
const lineSchema = z.object({
  jobId: z.string(),
  event: z.custom<JobEvent>(
    (event) => z.looseObject({ kind: z.string() }).safeParse(event).success,
  ),
});
const over: readonly string[] = [
  'completed',
  'completedWithErrors',
  'failed',
  'cancelled',
  'pendingDelete',
  'deleted',
];

/** All jobs as lists of events; with a data folder every event is a line of a file, and read again at the next start. */
export class JobBook {
  readonly #records = new Map<string, { readonly job: CreatedJob; readonly events: JobEvent[] }>();
  readonly #courses = new Map<string, Course>();
  readonly #scenario: Scenario;
  readonly #journal: Journal<z.infer<typeof lineSchema>>;
  /** The id of the next new thing, of whatever kind. */
  readonly newId: () => string;

  constructor(scenario: Scenario, dataDir?: string, newId: () => string = randomUUID) {
    this.#scenario = scenario;
    this.newId = newId;
    this.#journal = new Journal(dataDir, 'jobs.jsonl', lineSchema);
    for (const { jobId, event } of this.#journal.read()) this.#apply(jobId, event);
  }

  /** Writes an event down and lets it take effect. */
  add(jobId: string, event: JobEvent): void {
    this.#journal.append({ jobId, event });
    this.#apply(jobId, event);
  }

  find(idOrName: string): JobRecord | undefined {
    return (
      this.#records.get(idOrName.toLowerCase()) ??
      [...this.#records.values()].find(
        ({ job }) => job.displayName.toLowerCase() === idOrName.toLowerCase(),
      )
    );
  }

  findByName(displayName: string): JobRecord | undefined {
    return [...this.#records.values()].find(
      ({ job }) => job.displayName.toLowerCase() === displayName.toLowerCase(),
    );
  }

  /** Newest first. */
  all(): readonly JobRecord[] {
    return [...this.#records.values()].reverse();
  }

  course(record: JobRecord): Course {
    const known = this.#courses.get(record.job.id);
    if (known !== undefined) return known;
    const course = courseOf(record, this.#scenario);
    this.#courses.set(record.job.id, course);
    return course;
  }

  step(record: JobRecord, atMs: number): Step {
    return stepAt(this.course(record), atMs);
  }

  /** The users of a job who are in another one that has not ended at this instant. */
  busyUsers(record: JobRecord, atMs: number): readonly string[] {
    // Of two jobs with the same user the first one has him.
    const records = [...this.#records.values()];
    const earlier = records.slice(
      0,
      records.findIndex(({ job }) => job.id === record.job.id),
    );
    const others = earlier.filter((other) => !over.includes(this.step(other, atMs).status));
    const taken = new Set(
      others.flatMap((other) =>
        this.course(other).users.filter((user) => !this.course(other).cancelledUsers.has(user)),
      ),
    );
    return this.course(record).users.filter((user) => taken.has(user));
  }

  #apply(jobId: string, event: JobEvent): void {
    this.#courses.delete(jobId);
    if (event.kind === 'created') this.#records.set(jobId, { job: event.job, events: [event] });
    else this.#records.get(jobId)?.events.push(event);
  }
}
