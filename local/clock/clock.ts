/** A clock that the host, the emulator and the app under them share. All instants are epoch milliseconds. */
export interface Clock {
  /** The present instant on this clock, in epoch milliseconds. */
  now(): number;
  /**
   * Calls `callback` once when the clock has reached `atMs` (at the next turn of the event loop when it already has).
   * Waits of any length are allowed. Returns a function that cancels the call; cancelling twice is harmless.
   */
  schedule(atMs: number, callback: () => void): () => void;
}
