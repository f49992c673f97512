import type { Entry } from '../../local/host/durable/instance.ts';
import type { EngineJournal, JournalOptions } from '../../local/host/durable/journal.ts';
import type { SimulatedLoop } from './simulatedLoop.ts';

/** The disk of a simulated host: what a journal has written stays when its host dies. */
export class JournalDisk {
  readonly entries: Entry[] = [];
}

/** Stands before and after every write; false when the host is dead (now). */
export type Boundary = (label: string) => boolean;

interface Waiting {
  readonly entry: Entry;
  readonly applied: () => void;
}

/** The engine's journal in memory: the same order of writing, syncing and taking effect as the one on disk, with a boundary at each. */
export class MemoryJournal implements EngineJournal {
  readonly #disk: JournalDisk;
  readonly #loop: SimulatedLoop;
  readonly #boundary: Boundary;
  readonly #written: (entry: Entry) => void;
  readonly #onIdle: () => void;
  #queue: Waiting[] = [];
  #isWriting = false;

  constructor(disk: JournalDisk, loop: SimulatedLoop, { boundary, written }: { readonly boundary: Boundary; readonly written: (entry: Entry) => void }, { replay, onIdle }: Omit<JournalOptions, 'file'>) {
    this.#disk = disk;
    this.#loop = loop;
    this.#boundary = boundary;
    this.#written = written;
    this.#onIdle = onIdle;
    for (const entry of disk.entries) replay(entry);
  }

  append(entry: Entry, apply: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.push({
        entry,
        applied: () => {
          apply();
          resolve();
        },
      });
      if (this.#isWriting) return;
      this.#isWriting = true;
      this.#loop.soon(() => {
        this.#write();
      });
    });
  }

  get isIdle(): boolean {
    return !this.#isWriting;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #write(): void {
    const group = this.#queue;
    this.#queue = [];
    for (const { entry } of group) {
      const label = `journal ${labelOf(entry)}`;
      if (!this.#boundary(`before ${label}`)) return;
      this.#disk.entries.push(entry);
      this.#written(entry);
      if (!this.#boundary(`after ${label}`)) return;
    }
    for (const { applied } of group) applied();
    if (this.#queue.length > 0) {
      this.#loop.soon(() => {
        this.#write();
      });
      return;
    }
    this.#isWriting = false;
    this.#onIdle();
  }
}

function labelOf(entry: Entry): string {
  if (entry.t === 'send') return entry.message.kind;
  return entry.t;
}
