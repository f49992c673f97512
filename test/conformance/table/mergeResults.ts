import { caseCount, type ConformanceCase, testNameOf } from '../cases.ts';

/** One test as the runner reports it. */
export interface TestResult {
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  /** Why it failed; empty when it did not. */
  readonly message: string;
}

/** `missing`: nothing has shown whether it holds, because it has no test or its test was not run. */
export type CaseState = 'passed' | 'failed' | 'missing';

export interface CaseRow extends ConformanceCase {
  readonly state: CaseState;
  readonly message: string;
}

/** What the tests say of each case, in the order of the cases. Exactly one test stands for a case, by its whole name. */
export function mergeResults(
  cases: readonly ConformanceCase[],
  results: readonly TestResult[],
): readonly CaseRow[] {
  return cases.map((one) => {
    const own = results.filter(({ name }) => name === testNameOf(one));
    const failed = own.find(({ state }) => state === 'failed');
    if (failed !== undefined) return { ...one, state: 'failed', message: failed.message };
    if (own.length > 1)
      return {
        ...one,
        state: 'failed',
        message: `${String(own.length)} tests stand for this case`,
      };
    return { ...one, state: own[0]?.state === 'passed' ? 'passed' : 'missing', message: '' };
  });
}

/** How many different cases passed; a case that the list has twice counts once. */
export function passedCount(rows: readonly CaseRow[]): number {
  return new Set(rows.filter(({ state }) => state === 'passed').map(({ number }) => number)).size;
}

/** The tests of the folder that stand for no case, for instance because the case has been reworded. */
export function strayTests(
  cases: readonly ConformanceCase[],
  results: readonly TestResult[],
): readonly string[] {
  const names = new Set(cases.map(testNameOf));
  return results.map(({ name }) => name).filter((name) => !names.has(name));
}

/** True only when every one of the cases passed: a case that is not in the list is not passed either. */
export function isConformant(rows: readonly CaseRow[]): boolean {
  return (
    rows.length === caseCount &&
    rows.every(({ number, state }, index) => number === index + 1 && state === 'passed')
  );
}
