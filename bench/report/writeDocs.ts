import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { numberText } from './numberText.ts';
import type { Result } from './readResults.ts';

const file = join(import.meta.dirname, '..', '..', 'docs', 'scaling.md');
const begin = '<!-- figures: written by npm run bench -->';
const end = '<!-- /figures -->';

/** Replaces the table of figures in docs/scaling.md by the last results. */
export function writeDocs(results: readonly Result[]): void {
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to === -1)
    throw new Error(`docs/scaling.md has lost its marks ${begin} and ${end}`);
  writeFileSync(
    file,
    `${text.slice(0, from + begin.length)}\n${figuresMarkdown(results)}\n${text.slice(to)}`,
  );
}

/** One row a target, and the machine that the figures come from. */
export function figuresMarkdown(results: readonly Result[]): string {
  const rows = results.flatMap((result) =>
    result.targets.map(({ figure, against, target, value, reached }, index) => {
      const ours = result.measured['ours']?.[figure];
      const others = Object.entries(result.measured).filter(
        ([side]) =>
          side !== 'ours' && (against === undefined || against === 'ours' || side === against),
      );
      const baseline = others
        .flatMap(([side, figures]) =>
          figures[figure] === undefined ? [] : [`${side} ${number(figures[figure].median)}`],
        )
        .join(', ');
      const name = index === 0 ? `**${result.name}**` : '';
      return `| ${name} | ${figure} | ${baseline === '' ? '–' : baseline} | ${spread(ours)} | ${target} | ${number(value)} | ${reached ? 'reached' : '**not reached**'} |`;
    }),
  );
  return [
    '',
    '| | figure | baseline | ours: median (lowest – highest) | target | came to | |',
    '|---|---|--:|--:|--:|--:|---|',
    ...rows,
    '',
    ...machineLines(results),
  ].join('\n');
}

function machineLines(results: readonly Result[]): readonly string[] {
  const [first] = results;
  if (first === undefined) return ['Nothing has been measured yet.'];
  const { processor, cores, memoryGiB, system, node } = first.machine;
  const loads = results.map(({ machine }) => machine.loadBefore);
  const days = [...new Set(results.map(({ measuredAt }) => measuredAt.slice(0, 10)))].sort();
  return [
    `${String(cores)} cores of ${processor}, ${String(memoryGiB)} GiB of memory, ${system}, Node.js ${node}, ${days.join(', ')}. Processes that`,
    `wanted a core in the minute before a measurement: ${numberText(Math.min(...loads))} to ${numberText(Math.max(...loads))}; with more than the cores, times say little and only ratios and counts count.`,
  ];
}

function spread(one: Result['measured'][string][string] | undefined): string {
  if (one === undefined) return '–';
  return one.min === one.max
    ? number(one.median)
    : `${number(one.median)} (${number(one.min)} – ${number(one.max)})`;
}

function number(value: number | null): string {
  return numberText(value ?? NaN);
}
