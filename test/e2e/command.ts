import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { waitFor } from './waitFor.ts';

const projectDir = join(import.meta.dirname, '..', '..');

/** A command of the project that runs as a process of its own. */
export interface Command {
  readonly process: ChildProcess;
  /** What it has written by now. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Its exit status; null when a signal ended it. */
  readonly exited: Promise<number | null>;
}

/** Runs `node <module> <args>` in the project's folder; `settings` come on top of the environment. */
export function runCommand(
  module: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Command {
  const child = spawn(process.execPath, [module, ...args], {
    cwd: projectDir,
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  });
  return { process: child, stdout: () => stdout, stderr: () => stderr, exited };
}

/** Waits for a line on standard output; throws with all that was written when the command ends before it. */
export async function waitForLine(
  command: Command,
  line: RegExp,
  seconds = 90,
): Promise<RegExpExecArray> {
  return waitFor(
    `the line ${String(line)}`,
    () => {
      const found = line.exec(command.stdout());
      if (found === null && command.process.exitCode !== null) {
        throw new Error(
          `the command ended with ${String(command.process.exitCode)}:\n${command.stdout()}${command.stderr()}`,
        );
      }
      return Promise.resolve(found ?? undefined);
    },
    seconds,
  );
}

/** The process ids and command lines of all processes that were started with this folder. */
export function processesOnFolder(dir: string): string[] {
  return execFileSync('ps', ['-Ao', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(dir) && !/^\s*\d+ ps /.test(line));
}
