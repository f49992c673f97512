import type { EngineJournal, Entry, JournalOptions } from '../../local/functions-host/index.ts';
import type { SimulatedLoop } from './simulatedLoop.ts';

/** The disk of a simulated host: what a journal has written stays when its host dies. */
export class JournalDisk {
  readonly entries: Entry[] = [];
}

/** Stands before and after every write; false when the host is dead (now). */
export type Boundary = (label: string) => boolean;

// As long as a storage emulator keeps its writes in memory.
const unsyncedMs = 5_000;

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
  readonly #syncsFirst: boolean;
  #queue: Waiting[] = [];
  #isWriting = false;

  constructor(
    disk: JournalDisk,
    loop: SimulatedLoop,
    {
      boundary,
      written,
      syncsFirst = true,
    }: {
      readonly boundary: Boundary;
      readonly written: (entry: Entry) => void;
      readonly syncsFirst?: boolean;
    },
    { replay, onIdle }: Omit<JournalOptions, 'file'>,
  ) {
    this.#disk = disk;
    this.#loop = loop;
    this.#boundary = boundary;
    this.#written = written;
    this.#onIdle = onIdle;
    this.#syncsFirst = syncsFirst;
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
    if (!this.#syncsFirst) this.#writeLater(group);
    for (const { entry } of this.#syncsFirst ? group : []) {
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

  /** A journal that is not synced: what it holds takes effect at once, and is lost when the host dies before it comes to the disk. */
  #writeLater(group: readonly Waiting[]): void {
    for (const { entry } of group) this.#written(entry);
    this.#loop.schedule(this.#loop.now() + unsyncedMs, () => {
      for (const { entry } of group) {
        if (!this.#boundary(`before journal ${labelOf(entry)}`)) return;
        this.#disk.entries.push(entry);
      }
    });
  }
}

function labelOf(entry: Entry): string {
  if (entry.t === 'send') return entry.message.kind;
  return entry.t;
}
