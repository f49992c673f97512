import { closeSync, fsyncSync, openSync, readFileSync, renameSync, truncateSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Entry } from './instance.ts';

const smallestCompactionBytes = 4 * 1024 * 1024;

/**
 * The journal cannot be written any more. Nothing continues before the next start, because nothing
 * may happen that is not on disk.
 */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

interface Waiting {
  readonly line: string;
  readonly applied: () => void;
  readonly failed: (error: Error) => void;
}

/** The journal as the engine uses it. */
export interface EngineJournal {
  /**
   * Writes an entry; resolves when it is stored and `apply` has run. Entries take effect in the
   * order of the calls.
   */
  append(entry: Entry, apply: () => void): Promise<void>;
  /** True when all entries are stored. */
  readonly isIdle: boolean;
  close(): Promise<void>;
}

/** The callbacks of a journal. */
export interface JournalOptions {
  readonly file: string;
  /** Called for every entry in the file, in order. */
  readonly replay: (entry: Entry) => void;
  /** Returns entries that produce the present state on their own, for compaction. */
  readonly snapshot: () => Iterable<Entry>;
  /** Called whenever all entries are on disk. */
  readonly onIdle: () => void;
}

/**
 * The append-only log of the engine. Each entry is one JSON line, synced to disk before the entry
 * takes effect. Entries that arrive together are written and synced together. A last line that a
 * crash has cut off never took effect.
 */
export class Journal implements EngineJournal {
  readonly #file: string;
  readonly #snapshot: () => Iterable<Entry>;
  readonly #onIdle: () => void;
  #handle: FileHandle;
  #bytes: number;
  #liveBytes: number;
  #queue: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #failure: JournalError | undefined;

  private constructor(
    handle: FileHandle,
    bytes: number,
    { file, snapshot, onIdle }: JournalOptions,
  ) {
    this.#file = file;
    this.#handle = handle;
    this.#bytes = bytes;
    this.#liveBytes = bytes;
    this.#snapshot = snapshot;
    this.#onIdle = onIdle;
  }

  /**
   * Opens a journal and calls `replay` for every entry in it, in order.
   * @throws Error when a line other than the last one cannot be read
   */
  static async open(options: JournalOptions): Promise<Journal> {
    const { file, replay } = options;
    const text = readIfThere(file);
    let end = 0;
    while (end < text.length) {
      const newline = text.indexOf('\n', end);
      if (newline === -1) break;
      const line = text.slice(end, newline);
      const entry = parseEntry(line);
      if (entry === undefined) {
        if (text.includes('\n', newline + 1))
          throw new Error(
            `the journal ${file} is damaged at byte ${String(Buffer.byteLength(text.slice(0, end)))}`,
          );
        break;
      }
      replay(entry);
      end = newline + 1;
    }
    const bytes = Buffer.byteLength(text.slice(0, end));
    if (end < text.length) truncateSync(file, bytes);
    const journal = new Journal(await open(file, 'a'), bytes, options);
    // The name of a new file is on disk only once its folder is synced.
    if (text === '') syncDirectory(dirname(file));
    if (bytes > smallestCompactionBytes) await journal.compact();
    return journal;
  }

  append(entry: Entry, apply: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#queue.push({
        line: `${JSON.stringify(entry)}\n`,
        applied: () => {
          apply();
          resolve();
        },
        failed: reject,
      });
      this.#writing ??= this.#write();
    });
  }

  get isIdle(): boolean {
    return this.#writing === undefined;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#handle.close();
  }

  async #write(): Promise<void> {
    // Entries of the same turn of the event loop are written together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const group = this.#queue;
      this.#queue = [];
      try {
        const data = Buffer.from(group.map(({ line }) => line).join(''));
        await this.#handle.appendFile(data);
        await this.#handle.datasync();
        this.#bytes += data.length;
        for (const { applied } of group) applied();
        if (this.#bytes > smallestCompactionBytes && this.#bytes > 2 * this.#liveBytes)
          await this.compact();
      } catch (error) {
        this.#fail(error, group);
        break;
      }
    }
    this.#writing = undefined;
    this.#onIdle();
  }

  #fail(error: unknown, group: readonly Waiting[]): void {
    this.#failure = new JournalError(
      `the journal ${this.#file} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
    for (const { failed } of [...group, ...this.#queue]) failed(this.#failure);
    this.#queue = [];
  }

  /** Replaces the log by one that contains only the present state. Must not run during a write. */
  async compact(): Promise<void> {
    const replacement = `${this.#file}.new`;
    const handle = await open(replacement, 'w');
    let bytes = 0;
    for (const entry of this.#snapshot()) {
      const data = Buffer.from(`${JSON.stringify(entry)}\n`);
      await handle.appendFile(data);
      bytes += data.length;
    }
    await handle.datasync();
    await this.#handle.close();
    renameSync(replacement, this.#file);
    syncDirectory(dirname(this.#file));
    await handle.close();
    this.#handle = await open(this.#file, 'a');
    this.#bytes = bytes;
    this.#liveBytes = Math.max(bytes, smallestCompactionBytes / 2);
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

// Only this program writes the journal, so a line that is JSON is an entry.
function parseEntry(line: string): Entry | undefined {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
