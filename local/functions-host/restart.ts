import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from './errors.ts';

// Restarts without a longer run between them wait longer each time.
const setting = 'FUNCTIONS_HOST_RESTARTS';
const maxDelaySeconds = 30;
const longRunMs = 60_000;

/** Returns how long the restart number `count` waits. The first one does not. */
function delaySeconds(count: number): number {
  return count <= 1 ? 0 : Math.min(2 ** (count - 2), maxDelaySeconds);
}

/**
 * Starts the host again when the app ends its process: by an error that it does not catch, by a
 * rejection that it does not handle, or by `process.exit`. The journal then continues where it was,
 * as after a crash.
 *
 * The new host replaces this one in the same process (`execve`), so that its parent, its output and
 * its process id stay. Where the system has no such call (Windows), the process ends.
 */
export class Restarts {
  readonly #startedMs = performance.now();
  readonly #count = Number(process.env[setting] ?? 0);
  #port: number | undefined;

  constructor() {
    Reflect.deleteProperty(process.env, setting);
  }

  /** Waits before the start of a host that was restarted several times. */
  async delay(): Promise<void> {
    const seconds = delaySeconds(this.#count);
    if (seconds > 0) await sleep(seconds * 1000);
  }

  /** Watches the process from now on. A restarted host gets the same port. */
  watch(port: number): void {
    this.#port = port;
    process.on('uncaughtException', this.#onError);
    process.on('exit', this.#onExit);
  }

  /** Ends the watch: the host stops. */
  end(): void {
    process.off('uncaughtException', this.#onError);
    process.off('exit', this.#onExit);
  }

  /** Restarts the host now. Returns only where the system cannot. */
  restart(reason: string, detail = ''): void {
    this.end();
    const count = performance.now() - this.#startedMs > longRunMs ? 1 : this.#count + 1;
    const canRestart = process.platform !== 'win32' && process.execve !== undefined;
    const next = canRestart
      ? `It starts again${delaySeconds(count) === 0 ? '' : ` in ${String(delaySeconds(count))} s`}.`
      : 'Start the host again: it continues from the journal.';
    process.stdout.write(
      `[${new Date().toISOString()}] The process of the app has ended: ${reason}. ${next}\n${detail}`,
    );
    if (!canRestart) return;
    process.execve?.(
      process.execPath,
      [
        process.execPath,
        ...process.execArgv,
        ...process.argv.slice(1),
        ...(this.#port === undefined ? [] : ['--port', String(this.#port)]),
      ],
      { ...process.env, [setting]: String(count) },
    );
  }

  readonly #onError = (error: unknown, origin: string): void => {
    this.restart(
      origin === 'unhandledRejection' ? 'unhandled rejection' : 'uncaught exception',
      `${errorText(error)}\n`,
    );
    process.exit(1);
  };

  readonly #onExit = (code: number): void => {
    this.restart(`it called process.exit(${String(code)})`);
  };
}
