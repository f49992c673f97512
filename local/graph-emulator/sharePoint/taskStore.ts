import { Journal } from '../journal.ts';
import type { Scenario } from '../scenario.ts';
import { stepAt, type TaskStep, type TaskTimeline, taskTimeline } from './taskTimeline.ts';
import { type TaskEvent, taskEventSchema, type TaskRecord } from './taskRecord.ts';

const unfinishedStatuses: readonly string[] = ['notStarted', 'inProgress'];

/** Stores all SharePoint tasks as events. With a data folder, they are read again at the next start. */
export class TaskStore {
  readonly #scenario: Scenario;
  readonly #journal: Journal<TaskEvent>;
  readonly #records = new Map<string, TaskRecord>();
  readonly #latest = new Map<string, string>();
  readonly #timelines = new Map<string, TaskTimeline>();
  readonly #errorCounts = new Map<string, number>();

  constructor(scenario: Scenario, dataDir?: string) {
    this.#scenario = scenario;
    this.#journal = new Journal(dataDir, 'sharePointTasks.jsonl', taskEventSchema);
    for (const event of this.#journal.read()) this.#apply(event);
  }

  /** Writes an event to the journal and applies it. */
  add(event: TaskEvent): void {
    this.#journal.append(event);
    this.#apply(event);
  }

  /** Returns the task of a tenant with this id. */
  find(sourceTenantId: string, id: string): TaskRecord | undefined {
    const record = this.#records.get(id.toLowerCase());
    return record?.task.sourceTenantId === sourceTenantId ? record : undefined;
  }

  /** Returns the newest task of a source. */
  latest(sourceTenantId: string, sourceKey: string): TaskRecord | undefined {
    return this.#records.get(this.#latest.get(`${sourceTenantId} ${sourceKey}`) ?? '');
  }

  /** Returns all tasks, newest first. */
  all(): readonly TaskRecord[] {
    return [...this.#records.values()].reverse();
  }

  timeline(record: TaskRecord): TaskTimeline {
    const known = this.#timelines.get(record.task.id);
    if (known !== undefined) return known;
    const timeline = taskTimeline(record, this.#scenario);
    this.#timelines.set(record.task.id, timeline);
    return timeline;
  }

  /** Returns the step that a task is in at an instant. */
  stepAt(record: TaskRecord, atMs: number): TaskStep {
    return stepAt(this.timeline(record), atMs);
  }

  hasEnded(record: TaskRecord, atMs: number): boolean {
    return !unfinishedStatuses.includes(this.stepAt(record, atMs).status);
  }

  /** Counts the tasks of a tenant that are queued or running. */
  countUnfinished(sourceTenantId: string, atMs: number): number {
    let count = 0;
    for (const record of this.#records.values())
      if (record.task.sourceTenantId === sourceTenantId && !this.hasEnded(record, atMs)) count += 1;
    return count;
  }

  /** Counts how often a rule of the scenario refused a source or found it invalid. */
  countErrors(sourceTenantId: string, sourceKey: string, what: 'refused' | 'invalid'): number {
    return this.#errorCounts.get(`${what} ${sourceTenantId} ${sourceKey}`) ?? 0;
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
        this.#timelines.delete(event.id);
        break;
      }
      case 'foundWrong':
        this.#errorCounts.set(
          `${event.what} ${event.sourceTenantId} ${event.sourceKey}`,
          this.countErrors(event.sourceTenantId, event.sourceKey, event.what) + 1,
        );
    }
  }
}
