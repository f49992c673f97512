import type { Bench, Target } from './bench.ts';
import type { Spread } from './report/spread.ts';

/** The spreads of every side's figures. */
export type Measured = Readonly<Record<string, Readonly<Record<string, Spread>>>>;

export interface Verdict {
  readonly target: Target;
  /** The figure, or the ratio to what it is held against; NaN when it was not measured. */
  readonly value: number;
  readonly reached: boolean;
}

/** Holds the medians against the bench's targets. */
export function judge({ targets }: Pick<Bench, 'targets'>, measured: Measured): readonly Verdict[] {
  return targets.map((target) => {
    const ours = measured['ours']?.[target.figure]?.median ?? NaN;
    const other =
      target.against === undefined
        ? 1
        : (measured[target.against]?.[target.againstFigure ?? target.figure]?.median ?? NaN);
    const value = ours / other;
    return {
      target,
      value,
      reached: target.bound === 'atLeast' ? value >= target.value : value <= target.value,
    };
  });
}

/** `≥ 0.6 × bareHandler`, `≤ 20`. */
export function targetText({ bound, value, against, againstFigure }: Target): string {
  const sign = bound === 'atLeast' ? '≥' : '≤';
  const other =
    against === undefined ? '' : ` × ${against === 'ours' ? (againstFigure ?? 'ours') : against}`;
  return `${sign} ${String(value)}${other}`;
}
