import type { Action } from './action.ts';
import { eventNames, eventTypes, type HistoryEvent } from './historyEvent.ts';
import { createNode, type Node, NonDeterminismError } from './walkNode.ts';

/** Work that an orchestrator asked for and that its history does not hold yet. */
export type Command =
  | { readonly kind: 'task'; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly kind: 'timer'; readonly id: number; readonly fireAt: string }
  | {
      readonly kind: 'child';
      readonly id: number;
      readonly name: string;
      readonly input: unknown;
      readonly instanceId?: string;
      readonly version?: string;
    };

export interface TimerLimits {
  readonly maximumShortTimerMs: number;
  readonly longRunningTimerIntervalMs: number;
}

const cancelledChain =
  ' A timer longer than 6 days was cancelled after the first link of its chain had passed: the extension does not ask for the later links again then. Wait in shorter timers where a timer may be cancelled.';

/**
 * Runs an action list against a history as the Durable extension does: ids are given in the order in which tasks are
 * created, a task is created when the one before it is done, and everything the history holds must be asked for again.
 * `failFast` gives `whenAll` the library's meaning (done at the first failure) instead of the host's (done when all are):
 * where the two lead to other ids, results would go to the wrong tasks.
 */
export class Walk {
  nowMs = 0;
  nextId = 0;
  readonly open = new Map<number, Node>();
  readonly pending = new Map<number, Command>();
  /** The id of every task, by its place in the action list and how many the place has taken. */
  readonly ids = new Map<string, number>();
  readonly limits: TimerLimits;
  readonly failFast: boolean;
  readonly #actions: readonly Action[];
  readonly #waits = new Map<string, Node[]>();
  readonly #buffer = new Map<string, number>();
  #started = false;
  #index = 0;
  #current: Node | undefined;
  /** A timer that is longer than the storage's longest was cancelled. */
  hasCancelledChain = false;
  continueAsNewInput: { readonly value: unknown } | undefined;
  /** Events that were raised after the orchestrator had decided to continue as new. */
  readonly carriedOver: HistoryEvent[] = [];

  constructor(actions: readonly Action[], limits: TimerLimits, failFast: boolean) {
    this.#actions = actions;
    this.limits = limits;
    this.failFast = failFast;
  }

  /** True when every action is done. */
  get finished(): boolean {
    return this.#started && this.#index >= this.#actions.length;
  }

  run(past: readonly HistoryEvent[], fresh: readonly HistoryEvent[]): void {
    for (const event of past) this.#take(event, false);
    for (const event of fresh) this.#take(event, true);
  }

  schedule(place: string, node: Node, command: (id: number) => Command): number {
    const id = this.nextId;
    this.nextId += 1;
    this.pending.set(id, command(id));
    this.open.set(id, node);
    this.ids.set(`${place}#${String(node.taken)}`, id);
    node.taken += 1;
    return id;
  }

  waitFor(name: string, node: Node): void {
    const key = name.toLowerCase();
    const buffered = this.#buffer.get(key) ?? 0;
    if (buffered > 0) {
      this.#buffer.set(key, buffered - 1);
      node.finish(false);
      return;
    }
    const waiting = this.#waits.get(key);
    if (waiting === undefined) this.#waits.set(key, [node]);
    else waiting.push(node);
  }

  #take(event: HistoryEvent, isFresh: boolean): void {
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
    const node = this.open.get(id);
    if (node === undefined) return;
    this.open.delete(id);
    node.result(failed, event);
    this.#advance();
  }

  #raise(event: HistoryEvent, isFresh: boolean): void {
    if (this.continueAsNewInput !== undefined && isFresh) {
      this.carriedOver.push(event);
      return;
    }
    const key = (event.Name ?? '').toLowerCase();
    const node = this.#waits.get(key)?.pop();
    if (node === undefined) {
      this.#buffer.set(key, (this.#buffer.get(key) ?? 0) + 1);
      return;
    }
    node.finish(false);
    this.#advance();
  }

  #advance(): void {
    while (this.#started && this.#index < this.#actions.length) {
      if (this.#current === undefined) {
        const action = this.#actions[this.#index];
        if (action === undefined) return;
        this.#current = createNode(this, action, String(this.#index));
      }
      if (!this.#current.done) return;
      this.#current = undefined;
      this.#index += 1;
    }
  }
}

/**
 * Throws a NonDeterminismError where the library has given a task another id than the host: it resumes the code at the
 * first failure in a `Task.all`, and what the code then yields takes the ids that a sibling's retry takes on the host.
 */
export function mustAgree(host: Walk, library: Walk): void {
  for (const [place, id] of host.ids) {
    const other = library.ids.get(place);
    if (other !== undefined && other !== id) {
      throw new NonDeterminismError(
        `the orchestrator went on after the first failure in a Task.all while siblings were still being retried; from there on results would go to the wrong tasks (sequence ID ${String(id)} here, ${String(other)} in the orchestrator). Tasks in a Task.all must not fail: return the failure, or wrap each in a sub-orchestration that never fails.`,
      );
    }
  }
}
