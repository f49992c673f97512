import type { Action } from './action.ts';
import type { Command } from './command.ts';
import { eventNames, eventTypes, type HistoryEvent } from './historyEvent.ts';
import type { Repeats } from './orchestratorResult.ts';
import { createReplayedTask, type ReplayContext, type ReplayedTask } from './replayedTask.ts';

/** An orchestrator did not repeat what its history records. */
export class NonDeterminismError extends Error {
  override readonly name = 'NonDeterminismError';

  constructor(detail: string) {
    super(`Non-Deterministic workflow detected: ${detail}`);
  }
}

const cancelledChain =
  ' A timer longer than 6 days was cancelled after the first timer of its chain had fired: the extension does not ask for the later timers again then. Wait in shorter timers where a timer may be cancelled.';

/**
 * Replays the action list of an orchestrator against its history, by the rules of the Durable
 * extension. Tasks get their ids in the order in which they are created. A task is created when the
 * one before it is done. The orchestrator must request everything again that the history contains;
 * what the history does not contain yet is new work.
 *
 * With `library`, the replay follows the library instead: `whenAll` is done at the first failure, and
 * a task that was yielded before is the same task. In the extension, `whenAll` is done when all its
 * tasks are, and a repeated task is a new one. Where the two give different ids to a task, results
 * would go to the wrong tasks.
 */
export class ActionReplay implements ReplayContext {
  nowMs = 0;
  nextId = 0;
  /** The tasks without a result, by id. */
  readonly open = new Map<number, ReplayedTask>();
  /** The commands that the history does not contain, by id. */
  readonly pending = new Map<number, Command>();
  readonly failFast: boolean;
  readonly #repeats: Repeats;
  readonly #tasks = new Map<string, ReplayedTask>();
  hasCancelledChain = false;
  continueAsNewInput: { readonly value: unknown } | undefined;
  /** Events that were raised after the orchestrator had decided to continue as new. */
  readonly carriedOver: HistoryEvent[] = [];
  /**
   * The id of every task, by its position in the action list and how many ids that position had
   * before.
   */
  readonly #ids = new Map<string, number>();
  readonly #actions: readonly Action[];
  readonly #waits = new Map<string, ReplayedTask[]>();
  readonly #bufferedEvents = new Map<string, number>();
  #started = false;
  #index = 0;
  #current: ReplayedTask | undefined;

  constructor(actions: readonly Action[], library?: { readonly repeats: Repeats }) {
    this.#actions = actions;
    this.failFast = library !== undefined;
    this.#repeats = library?.repeats ?? new Map();
  }

  /** True when every action is done. */
  get finished(): boolean {
    return this.#started && this.#index >= this.#actions.length;
  }

  /**
   * Applies the history before the turn and the new events of the turn.
   * @throws NonDeterminismError
   */
  run(past: readonly HistoryEvent[], fresh: readonly HistoryEvent[]): void {
    for (const event of past) this.#apply(event, false);
    for (const event of fresh) this.#apply(event, true);
  }

  earlierTask(position: string): ReplayedTask | undefined {
    return this.#tasks.get(this.#repeats.get(position) ?? '');
  }

  remember(position: string, task: ReplayedTask): void {
    if (this.#repeats.size > 0) this.#tasks.set(position, task);
  }

  schedule(position: string, task: ReplayedTask, command: (id: number) => Command): void {
    const id = this.nextId;
    this.nextId += 1;
    this.pending.set(id, command(id));
    this.open.set(id, task);
    this.#ids.set(`${position}#${String(task.idCount)}`, id);
    task.idCount += 1;
  }

  withdraw(task: ReplayedTask): void {
    for (const [id, open] of this.open) if (open === task) this.open.delete(id);
  }

  waitFor(eventName: string, task: ReplayedTask): void {
    const key = eventName.toLowerCase();
    const buffered = this.#bufferedEvents.get(key) ?? 0;
    if (buffered > 0) {
      this.#bufferedEvents.set(key, buffered - 1);
      task.finish(false);
      return;
    }
    const waiting = this.#waits.get(key);
    if (waiting === undefined) this.#waits.set(key, [task]);
    else waiting.push(task);
  }

  /**
   * Compares the ids of this replay with those of a replay by the library's rule. The library
   * resumes the code at the first failure in a `Task.all`; what the code then yields gets the ids
   * that the extension gives to a sibling's retry. A repeated timer has an id of its own in the
   * extension, so that all later ids shift by one.
   * @throws NonDeterminismError where a task has two ids
   */
  requireSameIds(library: ActionReplay): void {
    for (const [key, id] of this.#ids) {
      const other = library.#ids.get(key);
      if (other !== undefined && other !== id) {
        const ids = `(sequence ID ${String(id)} here, ${String(other)} in the orchestrator)`;
        if (library.#repeats.size > 0)
          throw new NonDeterminismError(
            `a timer was yielded in a second compound after it had been yielded before, and the orchestrator went on with other tasks; from there on results would go to the wrong tasks ${ids}. Create a new timer for each compound.`,
          );
        throw new NonDeterminismError(
          `the orchestrator went on after the first failure in a Task.all while siblings were still being retried; from there on results would go to the wrong tasks ${ids}. Tasks in a Task.all must not fail: return the failure, or wrap each in a sub-orchestration that never fails.`,
        );
      }
    }
  }

  #apply(event: HistoryEvent, isFresh: boolean): void {
    switch (event.EventType) {
      case eventTypes.orchestratorStarted:
        this.nowMs = Date.parse(event.Timestamp);
        return;
      case eventTypes.executionStarted:
        this.#started = true;
        this.#advance();
        return;
      case eventTypes.taskScheduled:
        this.#confirm(event, 'task', 'an activity task');
        return;
      case eventTypes.timerCreated:
        this.#confirm(event, 'timer', 'a timer');
        return;
      case eventTypes.subOrchestrationCreated:
        this.#confirm(event, 'child', 'a sub-orchestration');
        return;
      case eventTypes.taskCompleted:
      case eventTypes.subOrchestrationCompleted:
        this.#complete(event.TaskScheduledId, false, event);
        return;
      case eventTypes.taskFailed:
      case eventTypes.subOrchestrationFailed:
        this.#complete(event.TaskScheduledId, true, event);
        return;
      case eventTypes.timerFired:
        this.#complete(event.TimerId, false, event);
        return;
      case eventTypes.eventRaised:
        this.#raise(event, isFresh);
    }
  }

  #confirm(event: HistoryEvent, kind: Command['kind'], what: string): void {
    if (this.failFast) {
      this.pending.delete(event.EventId);
      return;
    }
    const command = this.pending.get(event.EventId);
    const name = command !== undefined && command.kind !== 'timer' ? command.name : '';
    if (command?.kind !== kind || name.toLowerCase() !== (event.Name ?? '').toLowerCase()) {
      const called = event.Name === undefined ? '' : ` named '${event.Name}'`;
      const instead =
        command === undefined
          ? "the current replay execution hasn't scheduled this task"
          : `the current replay execution scheduled ${command.kind} '${name}' in its place`;
      throw new NonDeterminismError(
        `a previous execution of this orchestration scheduled ${what} with sequence ID ${String(event.EventId)}${called} but ${instead}. Was a change made to the orchestrator code after this instance had already started running?${this.hasCancelledChain ? cancelledChain : ''}`,
      );
    }
    this.pending.delete(event.EventId);
  }

  #complete(id: number | undefined, failed: boolean, event: HistoryEvent): void {
    if (id === undefined)
      throw new NonDeterminismError(
        `${eventNames[event.EventType] ?? 'an event'} without a task id`,
      );
    const task = this.open.get(id);
    if (task === undefined) return;
    this.open.delete(id);
    task.onResult(failed, event);
    this.#advance();
  }

  #raise(event: HistoryEvent, isFresh: boolean): void {
    if (this.continueAsNewInput !== undefined && isFresh) {
      this.carriedOver.push(event);
      return;
    }
    const key = (event.Name ?? '').toLowerCase();
    const task = this.#waits.get(key)?.pop();
    if (task === undefined) {
      this.#bufferedEvents.set(key, (this.#bufferedEvents.get(key) ?? 0) + 1);
      return;
    }
    task.finish(false);
    this.#advance();
  }

  #advance(): void {
    while (this.#started && this.#index < this.#actions.length) {
      if (this.#current === undefined) {
        const action = this.#actions[this.#index];
        if (action === undefined) return;
        this.#current = createReplayedTask(this, action, String(this.#index));
      }
      if (!this.#current.done) return;
      this.#current = undefined;
      this.#index += 1;
    }
  }
}
