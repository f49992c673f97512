import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cruise } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { z } from 'zod';
import { findRetiredWords } from '../lint/retiredWords/find.ts';
import { lineCount, longLines, wordCount } from './source.ts';

/** The limits, in the order in which they are printed. */
const limits = {
  'deployed files': 150,
  'lines of the longest deployed file': 300,
  'deployed files under 20 lines': 5,
  'lines over 100 columns': 0,
  'import circles': 0,
  'retired words': 0,
  'words of README.md': 1_200,
  // The goal is 60.
  'deployed files that a users request executes': 60,
} as const;
type Budget = keyof typeof limits;

const usage = `Usage: npm run budgets -- [--files]

Prints how large the code is to read, and exits 1 when it is above a limit.

  --files   list the files and lines that are behind each number
`;

const projectDir = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: { files: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
});
if (values.help === true) {
  process.stdout.write(usage);
  process.exit(0);
}

const results = await measure();
for (const { budget, value, details } of results) {
  const limit = limits[budget];
  const verdict = value > limit ? 'OVER' : 'ok';
  const numbers = [value, limit].map((number) => String(number).padStart(7)).join('');
  process.stdout.write(`${budget.padEnd(46)}${numbers}  ${verdict}\n`);
  if (values.files) for (const detail of details) process.stdout.write(`    ${detail}\n`);
}
process.exitCode = results.some(({ budget, value }) => value > limits[budget]) ? 1 : 0;

interface Result {
  readonly budget: Budget;
  readonly value: number;
  /** What the number counts, one line each. */
  readonly details: readonly string[];
}

async function measure(): Promise<readonly Result[]> {
  const files = globSync('{functions,orchestrations,shared}/**/*.ts', { cwd: projectDir })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .map((file) => {
      const text = readFileSync(join(projectDir, file), 'utf8');
      return { file, text, lines: lineCount(text) };
    });
  const bySize = files.toSorted((a, b) => b.lines - a.lines);
  const large = bySize.filter(
    ({ lines }, n) => n === 0 || lines > limits['lines of the longest deployed file'],
  );
  const readme = readFileSync(join(projectDir, 'README.md'), 'utf8');
  return [
    { budget: 'deployed files', value: files.length, details: [] },
    {
      budget: 'lines of the longest deployed file',
      value: bySize[0]?.lines ?? 0,
      details: large.map(({ file, lines }) => `${file} ${String(lines)}`),
    },
    listed(
      'deployed files under 20 lines',
      bySize.filter(({ lines }) => lines < 20).map(({ file, lines }) => `${file} ${String(lines)}`),
    ),
    listed(
      'lines over 100 columns',
      files.flatMap(({ file, text }) =>
        longLines(text, 100).map((line) => `${file}:${String(line)}`),
      ),
    ),
    listed('import circles', await circles()),
    listed(
      'retired words',
      files.flatMap(({ file, text }) =>
        findRetiredWords(file, text).map(({ line, word }) => `${file}:${String(line)} ${word}`),
      ),
    ),
    { budget: 'words of README.md', value: wordCount(readme), details: [] },
    listed('deployed files that a users request executes', executedFiles()),
  ];
}

function listed(budget: Budget, details: readonly string[]): Result {
  return { budget, value: details.length, details };
}

/** Returns the circles that the import rules find, file by file. */
async function circles(): Promise<readonly string[]> {
  const config = await extractDepcruiseOptions(join(projectDir, '.dependency-cruiser.js'));
  const folders = ['functions', 'orchestrations', 'shared', 'local', 'tools'];
  const { output } = await cruise(folders, { ...config, baseDir: projectDir });
  if (typeof output === 'string') throw new Error('dependency-cruiser gave a text, not a result');
  return output.summary.violations
    .filter(({ rule }) => rule.name === 'no-circles')
    .map(({ from, cycle }) => [from, ...(cycle ?? []).map(({ name }) => name)].join(' → '));
}

/**
 * Runs a request in a process of its own, because a host changes the clock and the environment of
 * its process.
 */
function executedFiles(): readonly string[] {
  const program = join(import.meta.dirname, 'usersRequest.ts');
  const output = execFileSync(process.execPath, [program], { cwd: projectDir, encoding: 'utf8' });
  return z.array(z.string()).parse(JSON.parse(output));
}
