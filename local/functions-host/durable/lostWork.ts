import type { Clock } from '../../clock/clock.ts';
import type { Instance } from './instance.ts';

/** What lost workers had in hand: hidden until it is handed out again. */
export class LostWork {
  readonly #clock: Clock;
  /** The numbers of messages that are hidden. */
  readonly #hidden = new Set<number>();
  readonly #cancels = new Set<() => void>();
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `again` after `afterMs`, unless the engine stops before. */
  handOutAgain(afterMs: number, again: () => void): void {
    if (this.#stopped) return;
    const cancel = this.#clock.schedule(this.#clock.now() + afterMs, () => {
      this.#cancels.delete(cancel);
      again();
    });
    this.#cancels.add(cancel);
  }

  /** Hides the messages of a lost turn and calls `again` when they can be seen once more. */
  hide(messages: Instance['inbox'], afterMs: number, again: () => void): void {
    for (const { seq } of messages) this.#hidden.add(seq);
    this.handOutAgain(afterMs, () => {
      for (const { seq } of messages) this.#hidden.delete(seq);
      again();
    });
  }

  /** The instance with the messages that can be seen; none while its start is hidden. */
  seen(instance: Instance): Instance {
    const { inbox, history } = instance;
    if (this.#hidden.size === 0 || !inbox.some(({ seq }) => this.#hidden.has(seq))) return instance;
    return {
      ...instance,
      inbox: history.length === 0 ? [] : inbox.filter(({ seq }) => !this.#hidden.has(seq)),
    };
  }

  /** Calls off everything, for good: what was lost is found again in the journal by the next start. */
  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#hidden.clear();
  }
}
