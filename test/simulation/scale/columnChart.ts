import { wholeText } from './wholeText.ts';

const height = 6;
const mostColumns = 72;
const eighths = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** A drawn row of values: at most 72 columns, each as high as the highest value of its stretch; what is above nought shows. */
export function columnChart(
  title: string,
  values: readonly number[],
  ends: readonly [string, string],
): string {
  const columns = stretched(values);
  const most = Math.max(...columns, 1);
  const label = wholeText(most);
  const lines = Array.from({ length: height }, (_, line) => {
    const floor = height - 1 - line;
    const cells = columns.map((value) => cellOf((value / most) * height * 8, floor, value > 0));
    return `  ${(line === 0 ? label : line === height - 1 ? '0' : '').padStart(label.length)} ┤${cells.join('').trimEnd()}`;
  });
  const [first, last] = ends;
  const axis = `  ${' '.repeat(label.length)} └${'─'.repeat(columns.length)}`;
  const dates = `  ${' '.repeat(label.length + 2)}${first}${last.padStart(Math.max(last.length + 1, columns.length - first.length))}`;
  return [`  ${title}`, ...lines, axis, dates].join('\n');
}

/** The highest of each stretch. */
export function stretched(values: readonly number[]): readonly number[] {
  const length = Math.max(1, Math.ceil(values.length / mostColumns));
  return Array.from({ length: Math.ceil(values.length / length) }, (_, place) =>
    Math.max(...values.slice(place * length, (place + 1) * length)),
  );
}

function cellOf(filled: number, floor: number, shows: boolean): string {
  const eighth = Math.max(
    shows && floor === 0 ? 1 : 0,
    Math.min(8, Math.round(filled - floor * 8)),
  );
  return eighths[eighth] ?? ' ';
}
