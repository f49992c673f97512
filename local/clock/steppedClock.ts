import type { Clock } from './clock.ts';

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that only advances when a test advances it. Due callbacks run in the order of their
 * instants, then of scheduling.
 */
export class SteppedClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #entries = new Set<Entry>();

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  schedule(atMs: number, callback: () => void): () => void {
    const entry: Entry = { atMs, order: this.#order++, callback };
    this.#entries.add(entry);
    return () => {
      this.#entries.delete(entry);
    };
  }

  /** Returns the instant of the earliest callback; undefined when none is scheduled. */
  nextAtMs(): number | undefined {
    return this.#earliest()?.atMs;
  }

  /** Advances to the earliest callback and calls it. Returns false when none is scheduled. */
  step(): boolean {
    const entry = this.#earliest();
    if (entry === undefined) return false;
    this.#entries.delete(entry);
    this.#nowMs = Math.max(this.#nowMs, entry.atMs);
    entry.callback();
    return true;
  }

  /** Advances by `byMs` and calls every callback that becomes due. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (
      let next = this.#earliest();
      next !== undefined && next.atMs <= untilMs;
      next = this.#earliest()
    )
      this.step();
    this.#nowMs = untilMs;
  }

  #earliest(): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.#entries) {
      if (
        first === undefined ||
        entry.atMs < first.atMs ||
        (entry.atMs === first.atMs && entry.order < first.order)
      ) {
        first = entry;
      }
    }
    return first;
  }
}
