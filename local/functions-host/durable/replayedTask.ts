import { type Action, actionTypes, type RetryOptions } from './action.ts';
import { type Command, commandOf, UnsupportedActionError } from './command.ts';
import type { HistoryEvent } from './historyEvent.ts';

// The limits of the Azure Storage provider: the app must get the same chains of timers here as on
// Azure.
const longestTimerMs = 6 * 24 * 3_600_000;
const chainedTimerMs = 3 * 24 * 3_600_000;
const defaultMaxRetryIntervalMs = 6 * 24 * 3_600_000;

/** A task that an orchestrator waits for: a call, a timer, an event, or a compound of tasks. */
export interface ReplayedTask {
  readonly done: boolean;
  readonly failed: boolean;
  /** The number of ids that this task has had: one for each attempt, delay and timer of a chain. */
  idCount: number;
  /** Handles the result under one of the task's ids. */
  onResult(failed: boolean, event: HistoryEvent): void;
  finish(failed: boolean): void;
  /** Also calls `onDone` when the task is done. */
  watch(onDone: () => void): void;
}

/** The state of a replay that its tasks read and change. */
export interface ReplayContext {
  readonly nowMs: number;
  readonly failFast: boolean;
  /** Set when a timer longer than the storage's longest was cancelled. */
  hasCancelledChain: boolean;
  continueAsNewInput: { readonly value: unknown } | undefined;
  /** Returns the task of the action that the one at this position repeats. */
  earlierTask(position: string): ReplayedTask | undefined;
  /** Keeps the task of an action for its repetitions. */
  remember(position: string, task: ReplayedTask): void;
  /** Creates a command under the next id and opens the task under that id. */
  schedule(position: string, task: ReplayedTask, command: (id: number) => Command): void;
  /** Closes all ids of a task: their results are ignored. */
  withdraw(task: ReplayedTask): void;
  /** Finishes the task at the next event of this name, or at once when one has already arrived. */
  waitFor(eventName: string, task: ReplayedTask): void;
}

class SimpleTask implements ReplayedTask {
  done = false;
  failed = false;
  idCount = 0;
  readonly #onDone: (() => void)[];

  constructor(onDone: () => void) {
    this.#onDone = [onDone];
  }

  watch(onDone: () => void): void {
    this.#onDone.push(onDone);
  }

  onResult(...[failed]: Parameters<ReplayedTask['onResult']>): void {
    this.finish(failed);
  }

  finish(failed: boolean): void {
    if (this.done) return;
    this.done = true;
    this.failed = failed;
    for (const onDone of this.#onDone) onDone();
  }
}

/**
 * A call with retries: attempts with a timer after each failure. The library waits for the timer
 * after the last one too. `retryTimeoutInMilliseconds` has no effect, as on Azure.
 */
class RetriedTask extends SimpleTask {
  readonly #replay: ReplayContext;
  readonly #position: string;
  readonly #options: RetryOptions;
  readonly #command: (id: number) => Command;
  #attempts = 0;
  #isDelayed = false;

  constructor(
    replay: ReplayContext,
    position: string,
    options: RetryOptions,
    command: (id: number) => Command,
    onDone: () => void,
  ) {
    super(onDone);
    this.#replay = replay;
    this.#position = position;
    this.#options = options;
    this.#command = command;
    this.#attempt();
  }

  #attempt(): void {
    this.#attempts += 1;
    this.#isDelayed = false;
    this.#replay.schedule(this.#position, this, this.#command);
  }

  override onResult(failed: boolean, event: HistoryEvent): void {
    const isLast = this.#attempts >= this.#options.maxNumberOfAttempts;
    if (this.#isDelayed) {
      if (isLast) this.finish(true);
      else this.#attempt();
      return;
    }
    if (!failed) {
      this.finish(false);
      return;
    }
    const details = event.FailureDetails;
    if (details !== undefined && 'IsNonRetriable' in details && details.IsNonRetriable === true) {
      this.finish(true);
      return;
    }
    this.#isDelayed = true;
    const fireAt = new Date(this.#replay.nowMs + (isLast ? 0 : this.#delayMs())).toISOString();
    this.#replay.schedule(this.#position, this, (id) => ({ kind: 'timer', id, fireAt }));
  }

  #delayMs(): number {
    const {
      firstRetryIntervalInMilliseconds: firstMs,
      backoffCoefficient,
      maxRetryIntervalInMilliseconds,
    } = this.#options;
    return Math.min(
      firstMs * (backoffCoefficient ?? 1) ** (this.#attempts - 1),
      maxRetryIntervalInMilliseconds ?? defaultMaxRetryIntervalMs,
    );
  }
}

/** One timer, or a chain of timers when the wait is longer than the storage's longest timer. */
class TimerTask extends SimpleTask {
  readonly #replay: ReplayContext;
  readonly #position: string;
  readonly #fireAtMs: number;
  isChained = false;

  constructor(replay: ReplayContext, position: string, fireAtMs: number, onDone: () => void) {
    super(onDone);
    this.#replay = replay;
    this.#position = position;
    this.#fireAtMs = fireAtMs;
    this.#next();
  }

  #next(): void {
    const { nowMs } = this.#replay;
    const isLongest = this.#fireAtMs - nowMs > longestTimerMs;
    if (isLongest) this.isChained = true;
    const fireAtMs = isLongest ? nowMs + chainedTimerMs : this.#fireAtMs;
    const fireAt = new Date(fireAtMs).toISOString();
    this.#replay.schedule(this.#position, this, (id) => ({ kind: 'timer', id, fireAt }));
  }

  override onResult(): void {
    if (this.isChained && this.#replay.nowMs < this.#fireAtMs) this.#next();
    else this.finish(false);
  }
}

/**
 * Returns the task of an action. Creates it and requests its work, unless the replay knows it from an
 * earlier action. @throws UnsupportedActionError
 */
export function createReplayedTask(
  replay: ReplayContext,
  action: Action,
  position: string,
  onDone: () => void = () => undefined,
): ReplayedTask {
  const earlier = replay.earlierTask(position);
  if (earlier !== undefined) {
    earlier.watch(onDone);
    return earlier;
  }
  const task = createTask(replay, action, position, onDone);
  replay.remember(position, task);
  return task;
}

function createTask(
  replay: ReplayContext,
  action: Action,
  position: string,
  onDone: () => void,
): ReplayedTask {
  switch (action.actionType) {
    case actionTypes.callActivity:
    case actionTypes.callSubOrchestrator: {
      const task = new SimpleTask(onDone);
      replay.schedule(position, task, commandOf(action));
      return task;
    }
    case actionTypes.callActivityWithRetry:
    case actionTypes.callSubOrchestratorWithRetry:
      if (action.retryOptions === undefined)
        throw new UnsupportedActionError('a call with retry came without its retry options');
      return new RetriedTask(replay, position, action.retryOptions, commandOf(action), onDone);
    case actionTypes.createTimer:
      return createTimer(replay, action, position, onDone);
    case actionTypes.waitForExternalEvent: {
      const task = new SimpleTask(onDone);
      replay.waitFor(action.externalEventName ?? '', task);
      return task;
    }
    case actionTypes.continueAsNew: {
      const task = new SimpleTask(onDone);
      replay.continueAsNewInput = { value: action.input };
      task.finish(false);
      return task;
    }
    case actionTypes.whenAny:
    case actionTypes.whenAll:
      return createCompound(replay, action, position, onDone);
    default:
      throw new UnsupportedActionError(
        `the orchestrator asked for action ${String(action.actionType)} (${unsupported[action.actionType] ?? 'unknown'}), which this host does not offer`,
      );
  }
}

const unsupported: Readonly<Record<number, string>> = {
  7: 'callEntity',
  8: 'callHttp',
  9: 'signalEntity',
  10: 'scheduledSignalEntity',
  13: 'lockEntities',
  14: 'releaseEntities',
};

function createTimer(
  replay: ReplayContext,
  { fireAt, isCanceled }: Action,
  position: string,
  onDone: () => void,
): ReplayedTask {
  const fireAtMs = Date.parse(fireAt ?? '');
  if (Number.isNaN(fireAtMs))
    throw new UnsupportedActionError(`a timer has no readable date: ${String(fireAt)}`);
  const timer = new TimerTask(replay, position, fireAtMs, onDone);
  if (isCanceled === true) {
    replay.withdraw(timer);
    if (timer.isChained) replay.hasCancelledChain = true;
    timer.finish(false);
  }
  return timer;
}

function createCompound(
  replay: ReplayContext,
  action: Action,
  position: string,
  onDone: () => void,
): ReplayedTask {
  const compound = new SimpleTask(onDone);
  const isAny = action.actionType === actionTypes.whenAny;
  const children: ReplayedTask[] = [];
  let allCreated = false;
  const check = (): void => {
    if (!allCreated) return;
    const done = children.filter((child) => child.done);
    const failed = done.some((child) => child.failed);
    if (isAny ? done.length > 0 : done.length === children.length || (replay.failFast && failed))
      compound.finish(!isAny && failed);
  };
  for (const [index, child] of (action.compoundActions ?? []).entries()) {
    children.push(createReplayedTask(replay, child, `${position}.${String(index)}`, check));
  }
  allCreated = true;
  check();
  return compound;
}
