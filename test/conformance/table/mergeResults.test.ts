import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { conformanceLine, conformanceTable } from './conformanceTable.ts';
import { isConformant, mergeResults, strayTests, type TestResult } from './mergeResults.ts';
import { conformanceCases, testNameOf } from '../cases.ts';

const everyTest: readonly TestResult[] = conformanceCases.map((one) => ({
  name: testNameOf(one),
  state: 'passed',
  message: '',
}));

/** The cells of the table, a list for each case. */
function shown(rows: Parameters<typeof conformanceTable>[0]): string[][] {
  const lines = stripVTControlCharacters(conformanceTable(rows, 400))
    .split('\n')
    .map((line) =>
      line
        .split('│')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return lines.filter((cells) => /^\d+$/.test(cells[0] ?? ''));
}

describe('the list of cases', () => {
  it('has the numbers 1 to 74 and a statement of its own for each', () => {
    expect(conformanceCases.map(({ number }) => number)).toEqual(
      Array.from({ length: 74 }, (_, n) => n + 1),
    );
    expect(new Set(conformanceCases.map(({ statement }) => statement)).size).toBe(74);
  });
});

describe('the table', () => {
  it('is green when every case has a test that passed', () => {
    const rows = mergeResults(conformanceCases, everyTest);
    expect(isConformant(rows)).toBe(true);
    expect(conformanceLine(rows)).toBe('conformance: 74 of 74');
    expect(shown(rows)).toEqual(
      conformanceCases.map(({ number, statement, support }) => [
        String(number),
        statement,
        support,
        'passed',
      ]),
    );
  });

  it.each(conformanceCases.map(({ number }) => number))(
    'is not green without the test of case %i, which it shows as missing',
    (number) => {
      const rows = mergeResults(conformanceCases, everyTest.toSpliced(number - 1, 1));
      expect(isConformant(rows)).toBe(false);
      expect(conformanceLine(rows)).toBe('conformance: 73 of 74');
      expect(
        rows.filter(({ state }) => state !== 'passed').map((row) => [row.number, row.state]),
      ).toEqual([[number, 'missing']]);
      expect(shown(rows).filter(([, , , result]) => result === 'missing')).toEqual([
        [String(number), conformanceCases[number - 1]?.statement, expect.any(String), 'missing'],
      ]);
    },
  );

  it.each([
    ['was skipped', { state: 'skipped' }, 'missing'],
    ['failed', { state: 'failed', message: 'expected 409' }, 'failed'],
    ['has another statement', { name: 'case 17: something easier' }, 'missing'],
    ['has another number', { name: everyTest[16]?.name.replace('17', '18') ?? '' }, 'missing'],
  ] as const)('is not green when the test of a case %s', (_, change, state) => {
    const results = everyTest.map((result, index) =>
      index === 16 ? { ...result, ...change } : result,
    );
    const rows = mergeResults(conformanceCases, results);
    expect(isConformant(rows)).toBe(false);
    expect(rows[16]).toMatchObject({ number: 17, state });
    expect(conformanceLine(rows)).toBe('conformance: 73 of 74');
  });

  it('is not green when a case has two tests, although both passed', () => {
    const rows = mergeResults(conformanceCases, [...everyTest, ...everyTest.slice(4, 5)]);
    expect([rows[4]?.state, isConformant(rows), conformanceLine(rows)]).toEqual([
      'failed',
      false,
      'conformance: 73 of 74',
    ]);
  });

  it('is not green when one of two tests of a case failed', () => {
    const rows = mergeResults(conformanceCases, [
      ...everyTest,
      { name: everyTest[0]?.name ?? '', state: 'failed', message: 'no' },
    ]);
    expect([rows[0]?.state, isConformant(rows)]).toEqual(['failed', false]);
  });

  it('is not green when a case has left the list, or stands there twice', () => {
    expect(isConformant(mergeResults(conformanceCases.slice(1), everyTest))).toBe(false);
    expect(isConformant(mergeResults(conformanceCases.slice(0, 73), everyTest))).toBe(false);
    const twice = mergeResults(
      conformanceCases.with(1, conformanceCases[0] ?? expect.fail()),
      everyTest,
    );
    expect(isConformant(twice)).toBe(false);
    expect(conformanceLine(twice)).toBe('conformance: 73 of 74');
  });

  it('is not green without any result', () => {
    const rows = mergeResults(conformanceCases, []);
    expect([isConformant(rows), conformanceLine(rows)]).toEqual([false, 'conformance: 0 of 74']);
    expect(isConformant([])).toBe(false);
  });
});

describe('a test that stands for no case', () => {
  it('is named', () => {
    expect(
      strayTests(conformanceCases, [
        ...everyTest,
        { name: 'case 75: more', state: 'passed', message: '' },
      ]),
    ).toEqual(['case 75: more']);
    expect(strayTests(conformanceCases, everyTest)).toEqual([]);
  });
});
