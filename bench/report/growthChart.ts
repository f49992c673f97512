import type { Bench } from '../bench.ts';
import type { Measured } from '../judge.ts';
import { numberText } from './numberText.ts';

const width = 48;
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar for every side at every size, all on one scale from nought. Empty when the bench has no growth to show. */
export function growthChart({ growth, sides }: Bench, measured: Measured): string {
  if (growth === undefined) return '';
  const value = (side: string, figure: string): number | undefined =>
    measured[side]?.[figure]?.median;
  const all = growth.points.flatMap(({ figure }) =>
    sides.map(({ name }) => value(name, figure) ?? 0),
  );
  const most = Math.max(...all, Number.MIN_VALUE);
  const sideWidth = Math.max(...sides.map(({ name }) => name.length));
  const labelWidth = Math.max(...growth.points.map(({ label }) => label.length));
  const lines = growth.points.flatMap(({ label, figure }) =>
    sides.flatMap(({ name }, place) => {
      const shown = value(name, figure);
      if (shown === undefined) return [];
      return [
        `  ${(place === 0 ? label : '').padStart(labelWidth)} ${name.padEnd(sideWidth)} ${bar(shown / most)} ${numberText(shown)}`,
      ];
    }),
  );
  return [`  ${growth.title}, in ${growth.unit}`, ...lines].join('\n');
}

/** A bar for a share of the whole width, to an eighth of a character; what is above nought shows. */
function bar(share: number): string {
  const cells = Math.max(share > 0 ? 1 : 0, Math.round(share * width * 8));
  return '█'.repeat(Math.floor(cells / 8)) + (eighths[cells % 8] ?? '');
}
