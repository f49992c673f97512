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
