import { Journal } from '../journal.ts';
import type { Scenario } from '../scenario.ts';
import { courseOf, stepAt, type TaskCourse, type TaskStep } from './taskCourse.ts';
import { type TaskEvent, taskEventSchema, type TaskRecord } from './taskRecord.ts';

const waiting: readonly string[] = ['notStarted', 'inProgress'];

/** All tasks as lists of events; with a data folder they are read again at the next start. */
export class TaskBook {
  readonly #scenario: Scenario;
  readonly #journal: Journal<TaskEvent>;
  readonly #records = new Map<string, TaskRecord>();
  readonly #latest = new Map<string, string>();
  readonly #courses = new Map<string, TaskCourse>();
  readonly #foundWrong = new Map<string, number>();

  constructor(scenario: Scenario, dataDir?: string) {
    this.#scenario = scenario;
    this.#journal = new Journal(dataDir, 'sharePointTasks.jsonl', taskEventSchema);
    for (const event of this.#journal.read()) this.#apply(event);
  }

  /** Writes an event down and lets it take effect. */
  add(event: TaskEvent): void {
    this.#journal.append(event);
    this.#apply(event);
  }

  /** The task of a tenant with this id. */
  find(sourceTenantId: string, id: string): TaskRecord | undefined {
    const record = this.#records.get(id.toLowerCase());
    return record?.task.sourceTenantId === sourceTenantId ? record : undefined;
  }

  /** The newest task of a source. */
  latest(sourceTenantId: string, sourceKey: string): TaskRecord | undefined {
    return this.#records.get(this.#latest.get(`${sourceTenantId} ${sourceKey}`) ?? '');
  }

  /** Newest first. */
  all(): readonly TaskRecord[] {
    return [...this.#records.values()].reverse();
  }

  course(record: TaskRecord): TaskCourse {
    const known = this.#courses.get(record.task.id);
    if (known !== undefined) return known;
    const course = courseOf(record, this.#scenario);
    this.#courses.set(record.task.id, course);
    return course;
  }

  step(record: TaskRecord, atMs: number): TaskStep {
    return stepAt(this.course(record), atMs);
  }

  isOver(record: TaskRecord, atMs: number): boolean {
    return !waiting.includes(this.step(record, atMs).status);
  }

  /** How many tasks of a tenant are queued or running. */
  unfinished(sourceTenantId: string, atMs: number): number {
    let count = 0;
    for (const record of this.#records.values())
      if (record.task.sourceTenantId === sourceTenantId && !this.isOver(record, atMs)) count += 1;
    return count;
  }

  /** How often a decree on a source took effect. */
  timesFoundWrong(sourceTenantId: string, sourceKey: string, what: 'refused' | 'invalid'): number {
    return this.#foundWrong.get(`${what} ${sourceTenantId} ${sourceKey}`) ?? 0;
  }

  #apply(event: TaskEvent): void {
    switch (event.kind) {
      case 'created':
        this.#records.set(event.task.id, { task: event.task });
        this.#latest.set(`${event.task.sourceTenantId} ${event.task.sourceKey}`, event.task.id);
        break;
      case 'cancelled': {
        const record = this.#records.get(event.id);
        if (record !== undefined)
          this.#records.set(event.id, { ...record, cancelledMs: event.atMs });
        this.#courses.delete(event.id);
        break;
      }
      case 'foundWrong':
        this.#foundWrong.set(
          `${event.what} ${event.sourceTenantId} ${event.sourceKey}`,
          this.timesFoundWrong(event.sourceTenantId, event.sourceKey, event.what) + 1,
        );
    }
  }
}
