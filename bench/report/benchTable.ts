import { stripVTControlCharacters, styleText } from 'node:util';
import Table from 'cli-table3';
import type { Bench } from '../bench.ts';
import { judge, type Measured, targetText } from '../judge.ts';
import { numberText } from './numberText.ts';
import type { Spread } from './spread.ts';

/** The medians of every side with the lowest and the highest, and how many times ours is the other's. */
export function figuresTable(bench: Bench, measured: Measured): string {
  const sides = bench.sides.map(({ name }) => name);
  const others = sides.slice(0, -1);
  const table = new Table({
    head: ['', ...sides, ...others.map((name) => `ours ÷ ${name}`)],
    colAligns: [
      'left',
      ...sides.map(() => 'right' as const),
      ...others.map(() => 'right' as const),
    ],
    style: { head: ['bold'], border: ['gray'], compact: true },
  });
  const figures = [...new Set(sides.flatMap((side) => Object.keys(measured[side] ?? {})))];
  for (const figure of figures) {
    const ours = measured['ours']?.[figure];
    table.push([
      figure,
      ...sides.map((side) => spreadText(measured[side]?.[figure])),
      ...others.map((side) =>
        numberText((ours?.median ?? NaN) / (measured[side]?.[figure]?.median ?? NaN)),
      ),
    ]);
  }
  return process.stdout.isTTY ? table.toString() : stripVTControlCharacters(table.toString());
}

/** One line a target: what it asks, what came out, reached or not. */
export function verdictLines(bench: Bench, measured: Measured): string {
  return judge(bench, measured)
    .map(({ target, value, reached }) => {
      const mark = reached ? styleText('green', 'reached    ') : styleText('red', 'not reached');
      return `  ${mark} ${target.figure} ${targetText(target)}: ${numberText(value)}`;
    })
    .join('\n');
}

function spreadText(spread: Spread | undefined): string {
  if (spread === undefined) return '–';
  const { median, min, max } = spread;
  return min === max
    ? numberText(median)
    : `${numberText(median)} (${numberText(min)} – ${numberText(max)})`;
}
