import type { Clock } from './clock.ts';

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it; what is due is called in order of instant, then of arrival. */
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

  /** The instant of the earliest waiting call, or undefined when nothing waits. */
  nextAtMs(): number | undefined {
    return this.#earliest()?.atMs;
  }

  /** Moves to the earliest waiting call and makes it. False when nothing waits. */
  step(): boolean {
    const entry = this.#earliest();
    if (entry === undefined) return false;
    this.#entries.delete(entry);
    this.#nowMs = Math.max(this.#nowMs, entry.atMs);
    entry.callback();
    return true;
  }

  /** Moves `byMs` forward, making every call that falls due on the way. */
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
