/**
 * The host cannot run this app as it is. The message names the file, function or setting and what
 * to do about it.
 */
export class HostStartError extends Error {
  override readonly name: string = 'HostStartError';
}

const durableMarker = '$OutOfProcData$:';

/** Returns the log text of a thrown value: the stack of an Error, or the value itself. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return `a value that is not an Error was thrown: ${String(error)}`;
  const at = error.message.indexOf(durableMarker);
  // A failed orchestrator throws its whole state. The useful part is the error inside.
  if (at >= 0)
    return innerError(error.message.slice(at + durableMarker.length)) ?? 'the orchestrator failed';
  return error.stack ?? `${error.name}: ${error.message}`;
}

function innerError(state: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(state);
    return typeof parsed === 'object' && parsed !== null && 'error' in parsed
      ? String(parsed.error)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the message of a thrown value on one line. */
export function errorMessage(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replaceAll(/\s*\n\s*/g, ' ');
}
