const parentPollMs = 500;

/**
 * Returns a signal that is aborted on the first SIGINT or SIGTERM. A second one ends the process at once. Under npm, the signal
 * is also aborted when the parent process has ended, because npm does not pass SIGTERM to the command in its shell.
 */
export function stopSignals(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new StoppedError(name));
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
  if (process.env['npm_lifecycle_event'] !== undefined) {
    const parentId = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parentId) return;
      clearInterval(timer);
      controller.abort(new StoppedError('SIGTERM'));
    }, parentPollMs);
    timer.unref();
  }
  return controller.signal;
}

/** The process was asked to stop. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';

  constructor(signalName: NodeJS.Signals) {
    super(`stopped by ${signalName}`);
  }
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener('abort', () => {
        resolve();
      });
  });
}
