import { describe, expect, it } from 'vitest';
import { readReport, runTests, testFiles } from './runTests.ts';

const file = (changes: object = {}): object => ({
  name: 'a.test.ts',
  status: 'passed',
  message: '',
  assertionResults: [{ title: 'case 1: it holds', status: 'passed', failureMessages: [] }],
  ...changes,
});
const report = (files: readonly object[], success = true): string =>
  JSON.stringify({ success, testResults: files });

describe('a report of the test runner', () => {
  it('is a list of tests with their states', () => {
    const assertionResults = [
      {
        title: 'case 1: it holds',
        status: 'failed',
        failureMessages: ['AssertionError: expected 409\n    at somewhere'],
      },
      { title: 'case 2: that too', status: 'todo' },
      { title: 'case 3: and that', status: 'pending', failureMessages: null },
    ];
    expect(
      readReport(report([file(), file({ status: 'failed', assertionResults })], false), 1),
    ).toEqual({
      results: [
        { name: 'case 1: it holds', state: 'passed', message: '' },
        { name: 'case 1: it holds', state: 'failed', message: 'AssertionError: expected 409' },
        { name: 'case 2: that too', state: 'skipped', message: '' },
        { name: 'case 3: and that', state: 'skipped', message: '' },
      ],
      faults: [],
    });
  });

  it('names a file that could not be loaded', () => {
    const { faults } = readReport(
      report(
        [
          file(),
          file({
            name: 'b.test.ts',
            status: 'failed',
            message: 'SyntaxError',
            assertionResults: [],
          }),
        ],
        false,
      ),
      1,
    );
    expect(faults).toEqual(['b.test.ts: SyntaxError']);
  });

  it.each([
    [1, true],
    [null, true],
    [0, false],
  ])(
    'of a run that ended with %s is at fault when it shows no reason (success %s)',
    (code, success) => {
      expect(readReport(report([file()], success), code).faults).toHaveLength(1);
    },
  );
});

describe('the run of the tests', () => {
  it('takes the tests of the cases only', async () => {
    expect(testFiles([])).toContain('test/conformance/createJob.test.ts');
    expect(testFiles([]).filter((file) => file.includes('table'))).toEqual([]);
    expect(await runTests(['table'])).toEqual({
      results: [],
      faults: ['no test file begins with table'],
    });
  });
});
