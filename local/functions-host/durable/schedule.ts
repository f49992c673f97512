import type { Clock } from '../../clock/clock.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import { type Instance, isTerminal } from './instance.ts';

/** What is called when a durable timer is due: the `TimerCreated` event that asked for it. */
export type TimerFires = (
  instance: Pick<Instance, 'instanceId' | 'executionId'>,
  created: HistoryEvent,
) => void;

/** The durable timers that wait on the clock. */
export class ArmedTimers {
  readonly #clock: Clock;
  readonly #fires: TimerFires;
  readonly #leadMs: () => number;
  /** By instance and timer id, how to call it off. One that has fired stays until its instance no longer asks for it. */
  readonly #armed = new Map<string, Map<number, () => void>>();

  /** `leadMs`: how long before its due time a timer fires. */
  constructor(clock: Clock, fires: TimerFires, leadMs: () => number = () => 0) {
    this.#clock = clock;
    this.#fires = fires;
    this.#leadMs = leadMs;
  }

  /** Arms what an instance's history asks for and calls off what it does not ask for any more. */
  follow(instance: Instance): void {
    const { instanceId, executionId } = instance;
    const wanted = waitingTimers(instance);
    const timers = this.#armed.get(instanceId) ?? new Map<number, () => void>();
    for (const [id, cancel] of timers) {
      if (wanted.has(id)) continue;
      cancel();
      timers.delete(id);
    }
    for (const [id, event] of wanted) {
      if (timers.has(id)) continue;
      timers.set(
        id,
        this.#clock.schedule(this.#firesAtMs(event), () => {
          this.#fires({ instanceId, executionId }, event);
        }),
      );
    }
    if (timers.size === 0) this.#armed.delete(instanceId);
    else this.#armed.set(instanceId, timers);
  }

  #firesAtMs({ FireAt, Timestamp }: HistoryEvent): number {
    const dueMs = Date.parse(FireAt ?? Timestamp);
    const earlyMs = dueMs - this.#leadMs();
    // What is due in less than the lead is on time: a wait for the rest would otherwise end at once, again and again.
    return earlyMs > this.#clock.now() ? earlyMs : dueMs;
  }

  /** Calls off all timers of an instance. */
  forget(instanceId: string): void {
    for (const cancel of this.#armed.get(instanceId)?.values() ?? []) cancel();
    this.#armed.delete(instanceId);
  }

  /** Calls off everything. */
  clear(): void {
    for (const instanceId of [...this.#armed.keys()]) this.forget(instanceId);
  }
}

function waitingTimers({
  status,
  history,
  inbox,
  cancelledTimers,
}: Instance): Map<number, HistoryEvent> {
  const waiting = new Map<number, HistoryEvent>();
  if (isTerminal(status)) return waiting;
  for (const event of history) {
    if (event.EventType === eventTypes.timerCreated) waiting.set(event.EventId, event);
    else if (event.TimerId !== undefined) waiting.delete(event.TimerId);
  }
  for (const { event } of inbox) if (event.TimerId !== undefined) waiting.delete(event.TimerId);
  for (const id of cancelledTimers) waiting.delete(id);
  return waiting;
}

/**
 * Runs work with a limit, each piece in a turn of the event loop of its own, so that requests and timers are never starved.
 * One piece of a key runs at a time; a key that is added while it runs runs once more afterwards.
 */
export class WorkQueue {
  readonly #limit: number;
  readonly #onEmpty: () => void;
  readonly #onError: (error: unknown) => void;
  readonly #waiting = new Map<string, () => Promise<void>>();
  readonly #running = new Map<string, Promise<void>>();
  #stopped = false;

  constructor(limit: number, onEmpty: () => void, onError: (error: unknown) => void) {
    this.#limit = limit;
    this.#onEmpty = onEmpty;
    this.#onError = onError;
  }

  /** Pieces that wait or run. */
  get size(): number {
    return this.#waiting.size + this.#running.size;
  }

  add(key: string, work: () => Promise<void>): void {
    if (this.#stopped) return;
    this.#waiting.set(key, work);
    this.#next();
  }

  /** Starts nothing more; what runs goes on to its end. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  #next(): void {
    for (const [key, work] of this.#waiting) {
      if (this.#running.size >= this.#limit) return;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      this.#running.set(key, this.#run(key, work));
    }
  }

  async #run(key: string, work: () => Promise<void>): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await work();
    } catch (error) {
      this.#onError(error);
    } finally {
      this.#running.delete(key);
      this.#next();
      if (this.size === 0) this.#onEmpty();
    }
  }
}
