import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as policies from '../../../shared/domain/policies.ts';

const root = join(import.meta.dirname, '../../..');
const own = 'shared/domain/policies.ts';
const unit = 'Seconds|Ms|Minutes|Hours|Days|Tries|Attempts|Retries';
const limits: readonly RegExp[] = [
  // A constant, or a parameter with a default: `const retrySeconds = 60`, `deadlineMs = 2 * 60_000`.
  new RegExp(String.raw`\b[a-z]\w*(?:${unit})(?:: number)? = [1-9]`),
  new RegExp(String.raw`\bmax(?:${unit})\b(?:: number)? = [1-9]`),
  // A member: `seconds: 60`, `retrySeconds: 300`, but no example of a request.
  new RegExp(String.raw`\b(?!timeoutHours)(?:[a-z]\w*(?:${unit})|seconds): [1-9]`),
  // An argument: `wait(context, 300)`.
  /\b(?:wait|waitForWakeUp|backoffSeconds)\(.*, [1-9][\d_]*\)/,
];

/** Returns the lines that declare a limit of tries or a waiting time. */
const limitsIn = (source: string): readonly string[] =>
  source.split('\n').filter((line) => limits.some((limit) => limit.test(line)));

const deployedFiles = ['functions', 'orchestrations', 'shared'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file}`),
);

describe('limits of tries and waiting times', () => {
  it('are in one module', () => {
    const found = deployedFiles
      .filter((file) => file !== own)
      .flatMap((file) =>
        limitsIn(readFileSync(join(root, file), 'utf8')).map((line) => `${file}: ${line.trim()}`),
      );
    expect(found).toEqual([]);
  });

  it.each([
    'const retrySeconds = 60;',
    'export const deadlineMs = 2 * 60_000;',
    'const maxTries = 5;',
    'const writeTries = 5;',
    '  pauseMs: number = 1_000,',
    '  return { kind: "retryAfter", seconds: 15 };',
    '    yield* wait(context, 300);',
  ])('would be found: %s', (line) => {
    expect(limitsIn(line)).toEqual([line]);
  });

  it.each([
    'let tries = 1;',
    'const maxChars = 500;',
    '  state: { ...state, seconds: 0 },',
    'const askedSeconds = z.number().default(0);',
    'yield* wait(context, planned.seconds);',
  ])('are not: %s', (line) => {
    expect(limitsIn(line)).toEqual([]);
  });

  it('have a unit or are a number of tries, and each has a reason', () => {
    const source = readFileSync(join(root, own), 'utf8').split('\n');
    for (const name of Object.values(policies).flatMap((values) => Object.keys(values))) {
      expect(name).toMatch(/(?:Seconds|Ms)$|^max[A-Z]|[sS]chedule$/);
      const lines = source.flatMap((line, index) =>
        line.startsWith(`  ${name}: `) ? [index] : [],
      );
      expect(lines, name).not.toEqual([]);
      for (const index of lines) expect(source[index - 1], name).toMatch(/\*\/$/);
    }
  });
});
