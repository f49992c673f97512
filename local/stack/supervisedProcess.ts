import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Returns the text of a log file from byte `from` on; empty when the file does not exist. */
export function readLog(file: string, from = 0): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
  try {
    const length = Math.max(0, fstatSync(descriptor).size - from);
    const buffer = Buffer.alloc(length);
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, length, from));
  } finally {
    closeSync(descriptor);
  }
}

/** Returns the last `lines` non-empty lines of a log file, indented by two spaces. */
export function logTail(file: string, lines = 15): string {
  const last = readLog(file)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-lines);
  return last.length === 0 ? '  (the log is empty)' : last.map((line) => `  ${line}`).join('\n');
}

/** How a process ended. One of the three members is set. */
interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The process could not be started. */
  readonly startError?: Error;
}

/** A process of the stack has ended or is not ready. The message has its name, how it ended, and its last log lines. */
export class ProcessDiedError extends Error {
  override readonly name = 'ProcessDiedError';

  constructor(processName: string, what: string, logFile: string) {
    super(`${processName} ${what}; the end of ${logFile}:\n${logTail(logFile)}`);
  }
}

/** Returns how a process ended: `ended with exit code 3`, `was killed by SIGKILL`. */
function exitText({ code, signal, startError }: ProcessExit): string {
  if (startError !== undefined) return `could not be started (${startError.message})`;
  return signal === null ? `ended with exit code ${String(code)}` : `was killed by ${signal}`;
}

const exitWithParent = fileURLToPath(new URL('exitWithParent.ts', import.meta.url));
const readyPollMs = 40;

/** The description of a process of the stack. */
export interface ProcessSpec {
  /** The name in error messages: `host`. */
  readonly name: string;
  /** The module that Node runs, and its arguments. */
  readonly module: string;
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The file to which standard output and error are appended. */
  readonly logFile: string;
  /** Matches the log line that is written when the process is ready. */
  readonly ready: RegExp;
  readonly readyTimeoutSeconds: number;
  readonly stopTimeoutSeconds: number;
}

/** A child process that runs Node, logs to a file, and ends when this process ends. */
export class SupervisedProcess {
  readonly name: string;
  readonly pid: number;
  /** The match of the ready line. */
  readonly ready: RegExpExecArray;
  /** Resolves when the process has ended by itself; never after `stop` or `kill`. */
  readonly died: Promise<ProcessDiedError>;
  readonly #child: ChildProcess;
  readonly #exited: Promise<ProcessExit>;
  readonly #spec: ProcessSpec;
  #isStopping = false;

  private constructor(
    spec: ProcessSpec,
    child: ChildProcess,
    pid: number,
    ready: RegExpExecArray,
    exited: Promise<ProcessExit>,
  ) {
    this.name = spec.name;
    this.pid = pid;
    this.ready = ready;
    this.#spec = spec;
    this.#child = child;
    this.#exited = exited;
    this.died = new Promise((resolve) => {
      void exited.then((exit) => {
        if (!this.#isStopping)
          resolve(new ProcessDiedError(spec.name, exitText(exit), spec.logFile));
      });
    });
  }

  /**
   * Starts the process and waits for its ready line. Throws a ProcessDiedError when the process ends or is not ready in
   * `readyTimeoutSeconds`. An abort kills the process and throws the reason of the signal.
   */
  static async start(spec: ProcessSpec, signal?: AbortSignal): Promise<SupervisedProcess> {
    signal?.throwIfAborted();
    const log = openSync(spec.logFile, 'a');
    const from = fstatSync(log).size;
    const child = spawn(process.execPath, ['--import', exitWithParent, spec.module, ...spec.args], {
      cwd: spec.workingDir,
      env: spec.environment,
      // A pipe, because it stays open when the host replaces its own process. It ends with this process.
      stdio: ['pipe', log, log],
      // A process group of its own: Ctrl+C in a terminal reaches only the stack, which then stops its children in order.
      detached: true,
    });
    closeSync(log);
    const exited = new Promise<ProcessExit>((resolve) => {
      child.once('exit', (code, by) => {
        resolve({ code, signal: by });
      });
      child.once('error', (startError) => {
        resolve({ code: null, signal: null, startError });
      });
    });
    let exit: ProcessExit | undefined;
    void exited.then((value) => {
      exit = value;
    });
    const deadlineMs = performance.now() + spec.readyTimeoutSeconds * 1000;
    for (;;) {
      const ready = spec.ready.exec(readLog(spec.logFile, from));
      const { pid } = child;
      if (ready !== null && pid !== undefined && exit === undefined)
        return new SupervisedProcess(spec, child, pid, ready, exited);
      if (exit !== undefined)
        throw new ProcessDiedError(
          spec.name,
          `${exitText(exit)} before it was ready`,
          spec.logFile,
        );
      if (performance.now() > deadlineMs || signal?.aborted === true) {
        await end(child, exited, spec.stopTimeoutSeconds);
        signal?.throwIfAborted();
        throw new ProcessDiedError(
          spec.name,
          `was not ready in ${String(spec.readyTimeoutSeconds)} seconds`,
          spec.logFile,
        );
      }
      await Promise.race([sleep(readyPollMs), exited]);
    }
  }

  /** Sends SIGTERM, kills the process after `stopTimeoutSeconds`, and resolves when it has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await end(this.#child, this.#exited, this.#spec.stopTimeoutSeconds);
  }

  /** Ends the process at once, like a crash. */
  async kill(): Promise<void> {
    this.#isStopping = true;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

/** Sends SIGTERM to a process and kills it after a timeout. */
async function end(
  child: ChildProcess,
  exited: Promise<ProcessExit>,
  timeoutSeconds: number,
): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutSeconds * 1000);
  await exited;
  clearTimeout(timer);
}
