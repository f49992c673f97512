import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The text of a log file from byte `from` on; empty when there is no such file. */
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

/** The last `lines` lines of a log file that are not empty, indented by two blanks. */
export function logTail(file: string, lines = 15): string {
  const last = readLog(file)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-lines);
  return last.length === 0 ? '  (it wrote nothing)' : last.map((line) => `  ${line}`).join('\n');
}

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

const exitWithParent = fileURLToPath(new URL('exitWithParent.ts', import.meta.url));
const readyPollMs = 40;

/** What a process of the stack is. */
export interface ProcessSpec {
  /** What reports call it: `host`. */
  readonly name: string;
  /** The module that Node runs, and its arguments. */
  readonly module: string;
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Standard output and error are appended here. */
  readonly logFile: string;
  /** The line that says that it works. */
  readonly ready: RegExp;
  readonly readyTimeoutSeconds: number;
  readonly stopTimeoutSeconds: number;
}

/** A child process that runs Node, logs to a file, and never outlives this one. */
export class SupervisedProcess {
  readonly name: string;
  readonly pid: number;
  /** What the ready line's pattern matched. */
  readonly ready: RegExpExecArray;
  /** Resolves when the process has ended without having been asked to; stays open otherwise. */
  readonly died: Promise<ProcessDiedError>;
  readonly #child: ChildProcess;
  readonly #exited: Promise<ProcessExit>;
  readonly #spec: ProcessSpec;
  #asked = false;

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
        if (!this.#asked) resolve(new ProcessDiedError(spec.name, exitText(exit), spec.logFile));
      });
    });
  }

  /**
   * Starts the process and waits for its ready line. A process that ends or stays silent for `readyTimeoutSeconds` is
   * killed and reported by a ProcessDiedError; an abort kills it and throws the signal's reason.
   */
  static async start(spec: ProcessSpec, signal?: AbortSignal): Promise<SupervisedProcess> {
    signal?.throwIfAborted();
    const log = openSync(spec.logFile, 'a');
    const from = fstatSync(log).size;
    const child = spawn(process.execPath, ['--import', exitWithParent, spec.module, ...spec.args], {
      cwd: spec.workingDir,
      env: spec.environment,
      stdio: ['ignore', log, log, 'ipc'],
      // A group of its own: Ctrl-C in a terminal reaches the stack, which then stops its children in order.
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

  /** Asks the process to end, kills it when it does not in `stopTimeoutSeconds`, and resolves when it is gone. */
  async stop(): Promise<void> {
    this.#asked = true;
    await end(this.#child, this.#exited, this.#spec.stopTimeoutSeconds);
  }

  /** Ends the process at once, as a crash of the machine would. */
  async kill(): Promise<void> {
    this.#asked = true;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

/** Asks a process to end and kills it when it does not in time. */
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
