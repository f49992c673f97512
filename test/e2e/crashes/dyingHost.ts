import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ProcessSpec } from '../../../local/stack/supervisedProcess.ts';

const exitWithParent = fileURLToPath(
  new URL('../../../local/stack/exitWithParent.ts', import.meta.url),
);

/** One life of a host: starts at once, and ends by `kill -9` or, where that is asked for, by itself. */
export class DyingHost {
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | NodeJS.Signals | null>;
  /** Resolves when the host says that it is ready; stays open when it never does. */
  readonly ready: Promise<void>;
  #text = '';
  #lines = 0;
  #onLine: () => void = () => undefined;

  constructor({ module, args, workingDir, environment, logFile, ready }: ProcessSpec) {
    this.#child = spawn(process.execPath, ['--import', exitWithParent, module, ...args], {
      cwd: workingDir,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const log = createWriteStream(logFile, { flags: 'a' });
    this.ready = new Promise((resolve) => {
      const hear = (chunk: Buffer): void => {
        log.write(chunk);
        this.#text += chunk.toString();
        this.#lines += chunk.toString().split('\n').length - 1;
        this.#onLine();
        if (ready.test(this.#text)) resolve();
      };
      this.#child.stdout?.on('data', hear);
      this.#child.stderr?.on('data', hear);
    });
    this.#exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        log.end();
        resolve(signal ?? code);
      });
    });
  }

  /** Waits until it is ready. @throws Error when it ends before */
  async untilReady(): Promise<void> {
    const ended = await Promise.race([this.ready, this.#exited]);
    if (ended !== undefined)
      throw new Error(`the host ended with ${String(ended)} before it was ready`);
  }

  /** Ends the process `afterMs` real milliseconds from now, wherever it is. @throws Error when it has ended by itself before */
  async killAfter(afterMs: number): Promise<void> {
    await Promise.race([sleep(afterMs), this.#exited]);
    this.#child.kill('SIGKILL');
    const ended = await this.#exited;
    if (ended !== 'SIGKILL') throw new Error(`the host ended by itself with ${String(ended)}`);
  }

  /** Resolves when it has logged this text. @throws Error when it ends before */
  async untilLogged(text: string): Promise<void> {
    const logged = new Promise<void>((resolve) => {
      this.#onLine = () => {
        if (this.#text.includes(text)) resolve();
      };
      this.#onLine();
    });
    const ended = await Promise.race([logged, this.#exited]);
    if (ended !== undefined)
      throw new Error(`the host ended with ${String(ended)} before it logged ${text}`);
  }

  /** Resolves when it has logged so many more lines, which is how far it has got, or after `mostMs` real milliseconds. */
  async untilLines(count: number, mostMs: number): Promise<void> {
    const enough = this.#lines + count;
    const reached = new Promise<void>((resolve) => {
      this.#onLine = () => {
        if (this.#lines >= enough) resolve();
      };
      this.#onLine();
    });
    await Promise.race([reached, sleep(mostMs), this.#exited]);
  }

  /** Asks it to end, as an operator would, and waits until it has. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exited;
  }
}
