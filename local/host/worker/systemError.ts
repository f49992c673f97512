/** An error of the worker itself, which apps tell from their own by `isAzureFunctionsSystemError`. */
export class SystemError extends Error {
  override readonly name = 'AzFuncSystemError';
  readonly isAzureFunctionsSystemError = true;
}

/** A RangeError marked as the worker's own. */
export class SystemRangeError extends RangeError {
  readonly isAzureFunctionsSystemError = true;
}
