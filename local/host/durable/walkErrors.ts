/** An orchestrator did not do again what its history says it did. */
export class NonDeterminismError extends Error {
  override readonly name = 'NonDeterminismError';

  constructor(detail: string) {
    super(`Non-Deterministic workflow detected: ${detail}`);
  }
}

/** An orchestrator asked for something that this host does not offer. */
export class UnsupportedActionError extends Error {
  override readonly name = 'UnsupportedActionError';
}
