import type { Entry } from '../../durable/instance.ts';
import type { EngineJournal } from '../../durable/journal.ts';

/**
 * A journal that stores nothing, for tests whose engine is not started again. Entries of the same
 * turn of the event loop take effect together, as with the journal on disk.
 */
export class JournalInMemory implements EngineJournal {
  readonly #onIdle: () => void;
  #queue: (() => void)[] = [];

  constructor({ onIdle }: { readonly onIdle: () => void }) {
    this.#onIdle = onIdle;
  }

  append(_entry: Entry, apply: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.push(() => {
        apply();
        resolve();
      });
      if (this.#queue.length === 1)
        setImmediate(() => {
          this.#write();
        });
    });
  }

  get isIdle(): boolean {
    return this.#queue.length === 0;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #write(): void {
    const group = this.#queue;
    this.#queue = [];
    for (const applied of group) applied();
    if (this.#queue.length === 0) this.#onIdle();
  }
}
