import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

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
