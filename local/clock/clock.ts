/**
 * A clock that the host, the Graph emulator and the app share. All instants are epoch milliseconds.
 */
export interface Clock {
  /** Returns the present instant. */
  now(): number;
  /**
   * Calls `callback` once when the clock has reached `atMs`, or in the next turn of the event loop
   * when it already has. The wait may have any length. Returns a function that cancels the call; a
   * second cancel has no effect.
   */
  schedule(atMs: number, callback: () => void): () => void;
}
