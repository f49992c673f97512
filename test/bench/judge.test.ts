import { expect, it } from 'vitest';
import type { Target } from '../../bench/bench.ts';
import { benchOptions } from '../../bench/benchOptions.ts';
import { judge, targetText } from '../../bench/judge.ts';
import { growthChart } from '../../bench/report/growthChart.ts';
import { numberText } from '../../bench/report/numberText.ts';
import { quantile, spreadOf } from '../../bench/report/spread.ts';
import { figuresMarkdown } from '../../bench/report/writeDocs.ts';

const measured = {
  plain: { rate: spreadOf([100, 120, 90]) },
  ours: { rate: spreadOf([50, 70, 61]), p50: spreadOf([10]), p99: spreadOf([60]) },
};
const verdict = (target: Target) => judge({ targets: [target] }, measured)[0];

it('a target is reached by the median, alone or against another side', () => {
  expect(verdict({ figure: 'rate', against: 'plain', bound: 'atLeast', value: 0.6 })).toMatchObject(
    { value: 0.61, reached: true },
  );
  expect(
    verdict({ figure: 'rate', against: 'plain', bound: 'atLeast', value: 0.62 })?.reached,
  ).toBe(false);
  expect(verdict({ figure: 'rate', bound: 'atMost', value: 61 })?.reached).toBe(true);
  expect(
    verdict({ figure: 'p99', against: 'ours', againstFigure: 'p50', bound: 'atMost', value: 5 }),
  ).toMatchObject({ value: 6, reached: false });
});

it('what was not measured is not reached', () => {
  expect(verdict({ figure: 'rates', bound: 'atMost', value: 61 })?.reached).toBe(false);
});

it('a target reads as it is meant', () => {
  expect(targetText({ figure: 'rate', against: 'plain', bound: 'atLeast', value: 0.6 })).toBe(
    '≥ 0.6 × plain',
  );
  expect(
    targetText({ figure: 'p99', against: 'ours', againstFigure: 'p50', bound: 'atMost', value: 5 }),
  ).toBe('≤ 5 × p50');
});

it('a spread is the middle and both ends', () => {
  expect(spreadOf([3, 1, 2, 10])).toMatchObject({ median: 2.5, min: 1, max: 10 });
  expect(quantile([0, 100], 0.99)).toBe(99);
});

it('a number reads with the digits that matter', () => {
  expect([0, 0.0028, 0.153, 14.26, 1_532_827_427, NaN].map(numberText)).toEqual([
    '0',
    '0.0028',
    '0.15',
    '14.3',
    '1,532,827,427',
    '–',
  ]);
});

it('the table for the docs has a row for each target', () => {
  const spread = { median: 4, min: 3, max: 5, values: [3, 4, 5] };
  const machine = {
    processor: 'any',
    cores: 2,
    memoryGiB: 4,
    system: 'linux x64',
    node: 'v24',
    loadBefore: 0.1,
  };
  const targets = [
    { figure: 'calls', against: 'plain', target: '≤ 0.5 × plain', value: 0.4, reached: true },
    { figure: 'calls', target: '≤ 3', value: 4, reached: false },
  ];
  const rows = figuresMarkdown([
    {
      name: 'watch',
      measuredAt: '2026-11-21T08:00:00Z',
      machine,
      targets,
      measured: { plain: { calls: { ...spread, median: 10 } }, ours: { calls: spread } },
    },
  ]).split('\n');
  expect(rows).toContain(
    '| **watch** | calls | plain 10 | 4 (3 – 5) | ≤ 0.5 × plain | 0.4 | reached |',
  );
  expect(rows).toContain('|  | calls | plain 10 | 4 (3 – 5) | ≤ 3 | 4 | **not reached** |');
});

it('bars grow with what they stand for, and nothing above nought is invisible', () => {
  const bench = {
    name: 'any',
    what: '',
    targets: [],
    sides: [{ name: 'ours', measure: () => Promise.resolve({}) }] as const,
    growth: {
      title: 'bytes',
      unit: 'B',
      points: [
        { label: '1', figure: 'a' },
        { label: '2', figure: 'b' },
      ],
    },
  };
  const lines = growthChart(bench, { ours: { a: spreadOf([1]), b: spreadOf([10_000]) } })
    .split('\n')
    .slice(1);
  expect(lines.map((line) => line.replace(/[^▏▎▍▌▋▊▉█]/g, '').length)).toEqual([1, 48]);
});

it('the command line names benches that exist', () => {
  expect(benchOptions(['plan', '--rounds', '2'], ['plan', 'cold'])).toEqual({
    names: ['plan'],
    rounds: 2,
    docs: false,
    help: false,
  });
  expect(benchOptions([], ['plan'])).toEqual({ names: [], rounds: 5, docs: false, help: false });
  expect(() => benchOptions(['plans'], ['plan', 'cold'])).toThrow(
    'there is no bench plans; there are plan, cold',
  );
  expect(() => benchOptions(['--rounds', '0'], [])).toThrow('must be a whole number above 0');
});
