import type { Clock } from '../../clock/clock.ts';
import type { Instance } from './instance.ts';

/** Delivers work again whose worker has died, and hides its messages until then. */
export class Redelivery {
  readonly #clock: Clock;
  /** The sequence numbers of the hidden messages. */
  readonly #hidden = new Set<number>();
  readonly #cancels = new Set<() => void>();
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `redeliver` after `delayMs`, unless the engine stops before. */
  schedule(delayMs: number, redeliver: () => void): void {
    if (this.#stopped) return;
    const cancel = this.#clock.schedule(this.#clock.now() + delayMs, () => {
      this.#cancels.delete(cancel);
      redeliver();
    });
    this.#cancels.add(cancel);
  }

  /** Hides the messages of an interrupted turn for `delayMs`, then calls `redeliver`. */
  hide(messages: Instance['inbox'], delayMs: number, redeliver: () => void): void {
    for (const { seq } of messages) this.#hidden.add(seq);
    this.schedule(delayMs, () => {
      for (const { seq } of messages) this.#hidden.delete(seq);
      redeliver();
    });
  }

  /**
   * Returns the instance without its hidden messages. It has no messages at all while its start is
   * hidden.
   */
  withoutHidden(instance: Instance): Instance {
    const { inbox, history } = instance;
    if (this.#hidden.size === 0 || !inbox.some(({ seq }) => this.#hidden.has(seq))) return instance;
    return {
      ...instance,
      inbox: history.length === 0 ? [] : inbox.filter(({ seq }) => !this.#hidden.has(seq)),
    };
  }

  /** Cancels everything. The next start finds the interrupted work in the journal. */
  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#hidden.clear();
  }
}
