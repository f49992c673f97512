/** A connection that ends without an answer. Thrown by a handler of `listen`, the caller's socket is reset. */
export class ConnectionResetError extends Error {
  override readonly name = 'ConnectionResetError';
  /** What Node calls it. */
  readonly code = 'ECONNRESET';
}
