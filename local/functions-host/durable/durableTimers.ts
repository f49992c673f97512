import type { Clock } from '../../clock/clock.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import { type Instance, isTerminal } from './instance.ts';

/** Handles a timer that is due; `created` is its `TimerCreated` event. */
export type OnTimerDue = (
  instance: Pick<Instance, 'instanceId' | 'executionId'>,
  created: HistoryEvent,
) => void;

/** Schedules the durable timers of all instances on the clock. */
export class DurableTimers {
  readonly #clock: Clock;
  readonly #onDue: OnTimerDue;
  readonly #leadMs: () => number;
  /**
   * By instance and timer id, a function that cancels the timer. A fired timer stays until its
   * instance has consumed it.
   */
  readonly #scheduled = new Map<string, Map<number, () => void>>();

  /** `leadMs` returns how long before its due time a timer fires. */
  constructor(clock: Clock, onDue: OnTimerDue, leadMs: () => number = () => 0) {
    this.#clock = clock;
    this.#onDue = onDue;
    this.#leadMs = leadMs;
  }

  /**
   * Schedules the timers that an instance waits for and cancels those that it does not wait for any
   * more.
   */
  update(instance: Instance): void {
    const { instanceId, executionId } = instance;
    const wanted = waitingTimers(instance);
    const timers = this.#scheduled.get(instanceId) ?? new Map<number, () => void>();
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
          this.#onDue({ instanceId, executionId }, event);
        }),
      );
    }
    if (timers.size === 0) this.#scheduled.delete(instanceId);
    else this.#scheduled.set(instanceId, timers);
  }

  #firesAtMs({ FireAt, Timestamp }: HistoryEvent): number {
    const dueMs = Date.parse(FireAt ?? Timestamp);
    const earlyMs = dueMs - this.#leadMs();
    // A timer that is due within the lead fires on time. A chain of waits for the rest would
    // otherwise never end.
    return earlyMs > this.#clock.now() ? earlyMs : dueMs;
  }

  /** Cancels all timers of an instance. */
  cancelInstance(instanceId: string): void {
    for (const cancel of this.#scheduled.get(instanceId)?.values() ?? []) cancel();
    this.#scheduled.delete(instanceId);
  }

  /** Cancels all timers. */
  cancelAll(): void {
    for (const instanceId of [...this.#scheduled.keys()]) this.cancelInstance(instanceId);
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
