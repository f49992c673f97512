/**
 * Runs work with a limit on how much runs at once. Each piece starts in its own turn of the event
 * loop, so that requests and timers are never starved. Pieces with the same key run one after the
 * other; a key that is added again while it waits runs once.
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

  /** The number of pieces that wait or run. */
  get size(): number {
    return this.#waiting.size + this.#running.size;
  }

  add(key: string, work: () => Promise<void>): void {
    if (this.#stopped) return;
    this.#waiting.set(key, work);
    this.#next();
  }

  /** Drops the waiting pieces; running ones continue. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
  }

  /** Resolves when the pieces that run now have ended. */
  async running(): Promise<void> {
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
