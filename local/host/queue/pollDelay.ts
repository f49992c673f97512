const minimumMs = 100;

/** How long a listener waits before it asks its queue again: doubled while there is nothing, up to a limit. */
export class PollDelay {
  readonly #maximumMs: number;
  #currentMs = minimumMs;

  constructor(maximumMs: number) {
    this.#maximumMs = Math.max(maximumMs, minimumMs);
  }

  /** Real milliseconds to wait after a poll that did, or did not, find a message. */
  next(found: boolean): number {
    if (found) {
      this.#currentMs = minimumMs;
      return 0;
    }
    const delayMs = this.#currentMs;
    this.#currentMs = Math.min(this.#currentMs * 2, this.#maximumMs);
    return delayMs;
  }

  /** The queue is known to have a message. */
  reset(): void {
    this.#currentMs = minimumMs;
  }
}
