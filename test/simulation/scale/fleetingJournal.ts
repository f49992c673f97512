import type { EngineJournal, Entry, JournalOptions } from '../../../local/functions-host/index.ts';
import type { SimulatedLoop } from '../simulatedLoop.ts';

/** A journal for a host that never dies: entries take effect in the order of their calls, as in the one on disk, and none is kept. */
export class FleetingJournal implements EngineJournal {
  readonly #loop: SimulatedLoop;
  readonly #onEntry: (entry: Entry) => void;
  readonly #onIdle: () => void;
  #waiting: (() => void)[] = [];

  constructor(
    loop: SimulatedLoop,
    onEntry: (entry: Entry) => void,
    { onIdle }: Pick<JournalOptions, 'onIdle'>,
  ) {
    this.#loop = loop;
    this.#onEntry = onEntry;
    this.#onIdle = onIdle;
  }

  append(entry: Entry, apply: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(() => {
        this.#onEntry(entry);
        apply();
        resolve();
      });
      if (this.#waiting.length === 1) this.#loop.soon(() => this.#write());
    });
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #write(): void {
    const group = this.#waiting;
    this.#waiting = [];
    for (const written of group) written();
    if (this.isIdle) this.#onIdle();
  }
}
