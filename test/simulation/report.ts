import { styleText } from 'node:util';
import type { RunResult } from './simulateRun.ts';

const tailLines = 40;

/** What a failing run prints: its seed, the broken promises, and what happened last. */
export function failureReport({ seed, broken, trace }: RunResult, command: string): string {
  const remaining = trace.length - tailLines;
  return [
    styleText(
      'red',
      `Seed ${String(seed)} has broken ${broken.length === 1 ? 'a promise' : `${String(broken.length)} promises`}:`,
    ),
    ...broken.slice(0, 12).map((sentence) => `  ${sentence}`),
    ...(remaining > 0
      ? [`  … ${String(remaining)} lines before; all of them: ${command}`]
      : [`  again: ${command}`]),
    ...trace.slice(-tailLines).map((line) => `    ${traceLine(line)}`),
  ].join('\n');
}

/** A line of the trace with its instant in days and hours after the start. */
export function traceLine(line: string): string {
  const blank = line.indexOf(' ');
  const ms = Number(line.slice(0, blank));
  const days = Math.floor(ms / 86_400_000);
  return `+${String(days)}d ${new Date(ms % 86_400_000).toISOString().slice(11, 23)} ${line.slice(blank + 1)}`;
}
