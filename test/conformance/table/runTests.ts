import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { TestResult } from './mergeResults.ts';

const projectDir = join(import.meta.dirname, '..', '..', '..');

const reportSchema = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          title: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

export interface TestRun {
  readonly results: readonly TestResult[];
  /** What went wrong outside of any test: files that could not be loaded, a runner that did not come to its end. */
  readonly faults: readonly string[];
}

/**
 * Runs the tests of the cases with vitest and reads its report.
 * @param files how the names of test files begin; none: all of them
 */
export async function runTests(files: readonly string[]): Promise<TestRun> {
  const filters = testFiles(files);
  if (filters.length === 0)
    return { results: [], faults: [`no test file begins with ${files.join(' or ')}`] };
  const dir = mkdtempSync(join(tmpdir(), 'conformance-'));
  const report = join(dir, 'report.json');
  try {
    const vitest = join(projectDir, 'node_modules', 'vitest', 'vitest.mjs');
    const { code, errors } = await finished([
      vitest,
      'run',
      ...filters,
      '--reporter=json',
      `--outputFile=${report}`,
    ]);
    let text: string;
    try {
      text = readFileSync(report, 'utf8');
    } catch (error) {
      return {
        results: [],
        faults: [
          `vitest ended with ${String(code)} and left no report (${String(error)})\n${errors}`,
        ],
      };
    }
    return readReport(text, code);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * The test files of the cases whose names begin with one of `files`; none: all of them. The tests of
 * the table are in a folder of their own and stand for no case.
 */
export function testFiles(files: readonly string[]): readonly string[] {
  const folder = join('test', 'conformance');
  return readdirSync(join(projectDir, folder))
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => files.length === 0 || files.some((file) => name.startsWith(file)))
    .map((name) => join(folder, name));
}

/** What a report of vitest's json reporter says; `code` is vitest's exit code. */
export function readReport(text: string, code: number | null): TestRun {
  const { success, testResults } = reportSchema.parse(JSON.parse(text));
  const results = testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ title, status, failureMessages }): TestResult => ({
      name: title,
      state: stateOf(status),
      message: failureMessages?.[0]?.split('\n')[0] ?? '',
    })),
  );
  const faults = testResults
    .filter(
      ({ status, assertionResults }) =>
        status !== 'passed' && !assertionResults.some((test) => test.status === 'failed'),
    )
    .map(({ name, message }) => `${name}: ${message}`);
  const isFailed = results.some(({ state }) => state === 'failed');
  if ((code !== 0 || !success) && !isFailed && faults.length === 0)
    faults.push(`vitest ended with ${String(code)} although no test failed`);
  return { results, faults };
}

function stateOf(status: string): TestResult['state'] {
  return status === 'passed' || status === 'failed' ? status : 'skipped';
}

function finished(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: projectDir,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, errors });
    });
  });
}
