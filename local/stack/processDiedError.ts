import { logTail } from './logTail.ts';

/** How a process ended: one of the three is set. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The process could not even be started. */
  readonly startError?: Error;
}

/** A process of the stack is not there or not ready: the message has its name, how it ended, and its last log lines. */
export class ProcessDiedError extends Error {
  override readonly name = 'ProcessDiedError';

  constructor(processName: string, what: string, logFile: string) {
    super(`${processName} ${what}; the end of ${logFile}:\n${logTail(logFile)}`);
  }
}

/** `ended with exit code 3`, `was killed by SIGKILL`. */
export function exitText({ code, signal, startError }: ProcessExit): string {
  if (startError !== undefined) return `could not be started (${startError.message})`;
  return signal === null ? `ended with exit code ${String(code)}` : `was killed by ${signal}`;
}
