import { type Action, actionTypes, type RetryOptions } from './action.ts';
import type { HistoryEvent } from './historyEvent.ts';
import type { Command, Walk } from './walk.ts';

/** An orchestrator did not do again what its history says it did. */
export class NonDeterminismError extends Error {
  override readonly name = 'NonDeterminismError';

  constructor(detail: string) {
    super(`Non-Deterministic workflow detected: ${detail}`);
  }
}

/** An orchestrator asked for something that this host does not offer. */
export class UnsupportedActionError extends Error {
  override readonly name = 'UnsupportedActionError';
}

const defaultMaxRetryIntervalMs = 6 * 24 * 3_600_000;

/** Something that an action list waits for. */
export interface Node {
  readonly done: boolean;
  readonly failed: boolean;
  /** Ids taken so far: an attempt, a delay, or one timer of a chain each. */
  taken: number;
  /** The result of the task under one of the node's ids. */
  result(failed: boolean, event: HistoryEvent): void;
  finish(failed: boolean): void;
}

abstract class BaseNode implements Node {
  done = false;
  failed = false;
  taken = 0;
  readonly #onDone: () => void;

  constructor(onDone: () => void) {
    this.#onDone = onDone;
  }

  result(...[failed]: Parameters<Node['result']>): void {
    this.finish(failed);
  }

  finish(failed: boolean): void {
    if (this.done) return;
    this.done = true;
    this.failed = failed;
    this.#onDone();
  }
}

class PlainNode extends BaseNode {}

/** Attempts with a timer between them; after the last one as well, because the library waits for it. */
class RetryNode extends BaseNode {
  readonly #walk: Walk;
  readonly #place: string;
  readonly #options: RetryOptions;
  readonly #command: (id: number) => Command;
  readonly #firstAttemptMs: number;
  #attempts = 0;
  #waiting = false;

  constructor(
    walk: Walk,
    place: string,
    options: RetryOptions,
    command: (id: number) => Command,
    onDone: () => void,
  ) {
    super(onDone);
    this.#walk = walk;
    this.#place = place;
    this.#options = options;
    this.#command = command;
    this.#firstAttemptMs = walk.nowMs;
    this.#attempt();
  }

  #attempt(): void {
    this.#attempts += 1;
    this.#waiting = false;
    this.#walk.schedule(this.#place, this, this.#command);
  }

  override result(failed: boolean, event: HistoryEvent): void {
    const isLast = this.#attempts >= this.#options.maxNumberOfAttempts;
    if (this.#waiting) {
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
    this.#waiting = true;
    const {
      firstRetryIntervalInMilliseconds: firstMs,
      backoffCoefficient,
      maxRetryIntervalInMilliseconds,
      retryTimeoutInMilliseconds,
    } = this.#options;
    if (
      typeof retryTimeoutInMilliseconds === 'number' &&
      this.#walk.nowMs >= this.#firstAttemptMs + retryTimeoutInMilliseconds
    ) {
      throw new UnsupportedActionError(
        `retryTimeoutInMilliseconds (${String(retryTimeoutInMilliseconds)}) is used up: on Azure the orchestration would wait for ever from here on, because the library waits for a timer that the extension does not set. Limit the retries by maxNumberOfAttempts instead.`,
      );
    }
    const delayMs = isLast
      ? 0
      : Math.min(
          firstMs * (backoffCoefficient ?? 1) ** (this.#attempts - 1),
          maxRetryIntervalInMilliseconds ?? defaultMaxRetryIntervalMs,
        );
    const fireAt = new Date(this.#walk.nowMs + delayMs).toISOString();
    this.#walk.schedule(this.#place, this, (id) => ({ kind: 'timer', id, fireAt }));
  }
}

/** One timer, or a chain of them when the wait is longer than the storage's longest timer. */
class TimerNode extends BaseNode {
  readonly #walk: Walk;
  readonly #place: string;
  readonly #fireAtMs: number;
  isChained = false;

  constructor(walk: Walk, place: string, fireAtMs: number, onDone: () => void) {
    super(onDone);
    this.#walk = walk;
    this.#place = place;
    this.#fireAtMs = fireAtMs;
    this.#next();
  }

  #next(): void {
    const { maximumShortTimerMs, longRunningTimerIntervalMs } = this.#walk.limits;
    const leftMs = this.#fireAtMs - this.#walk.nowMs;
    const isLink = leftMs > maximumShortTimerMs;
    if (isLink) this.isChained = true;
    const fireAtMs = isLink ? this.#walk.nowMs + longRunningTimerIntervalMs : this.#fireAtMs;
    const fireAt = new Date(fireAtMs).toISOString();
    this.#walk.schedule(this.#place, this, (id) => ({ kind: 'timer', id, fireAt }));
  }

  override result(): void {
    if (this.isChained && this.#walk.nowMs < this.#fireAtMs) this.#next();
    else this.finish(false);
  }
}

/** Makes the node of an action and asks for its work. */
export function createNode(
  walk: Walk,
  action: Action,
  place: string,
  onDone: () => void = () => undefined,
): Node {
  switch (action.actionType) {
    case actionTypes.callActivity:
    case actionTypes.callSubOrchestrator: {
      const node = new PlainNode(onDone);
      walk.schedule(place, node, commandOf(action));
      return node;
    }
    case actionTypes.callActivityWithRetry:
    case actionTypes.callSubOrchestratorWithRetry:
      if (action.retryOptions === undefined)
        throw new UnsupportedActionError('a call with retry came without its retry options');
      return new RetryNode(walk, place, action.retryOptions, commandOf(action), onDone);
    case actionTypes.createTimer: {
      const fireAtMs = Date.parse(action.fireAt ?? '');
      if (Number.isNaN(fireAtMs))
        throw new UnsupportedActionError(`a timer has no readable date: ${String(action.fireAt)}`);
      const node = new TimerNode(walk, place, fireAtMs, onDone);
      if (action.isCanceled === true) {
        for (const [id, open] of walk.open) if (open === node) walk.open.delete(id);
        if (node.isChained) walk.hasCancelledChain = true;
        node.finish(false);
      }
      return node;
    }
    case actionTypes.waitForExternalEvent: {
      const node = new PlainNode(onDone);
      walk.waitFor(action.externalEventName ?? '', node);
      return node;
    }
    case actionTypes.continueAsNew: {
      const node = new PlainNode(onDone);
      walk.continueAsNewInput = { value: action.input };
      node.finish(false);
      return node;
    }
    case actionTypes.whenAny:
    case actionTypes.whenAll:
      return createCompound(walk, action, place, onDone);
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

function createCompound(walk: Walk, action: Action, place: string, onDone: () => void): Node {
  const compound = new PlainNode(onDone);
  const any = action.actionType === actionTypes.whenAny;
  const children: Node[] = [];
  let complete = false;
  const check = (): void => {
    if (!complete) return;
    const done = children.filter((child) => child.done);
    const failed = done.some((child) => child.failed);
    if (any ? done.length > 0 : done.length === children.length || (walk.failFast && failed))
      compound.finish(!any && failed);
  };
  for (const [index, child] of (action.compoundActions ?? []).entries()) {
    children.push(createNode(walk, child, `${place}.${String(index)}`, check));
  }
  complete = true;
  check();
  return compound;
}

function commandOf({
  actionType,
  functionName = '',
  input,
  instanceId,
  version,
}: Action): (id: number) => Command {
  const isChild =
    actionType === actionTypes.callSubOrchestrator ||
    actionType === actionTypes.callSubOrchestratorWithRetry;
  return (id) =>
    isChild
      ? {
          kind: 'child',
          id,
          name: functionName,
          input,
          ...(instanceId === undefined || instanceId === null || instanceId === ''
            ? {}
            : { instanceId }),
          ...(version === undefined || version === null ? {} : { version }),
        }
      : { kind: 'task', id, name: functionName, input };
}
