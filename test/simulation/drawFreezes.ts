import type { SeededRandom } from './seededRandom.ts';

/** A freeze of all migrations, so long after the end of the one before or the beginning of the run, and how long it lasts. */
export interface PlannedFreeze {
  readonly afterMs: number;
  readonly lastsMs: number;
  /** The same key makes one command out of a repetition. */
  readonly key: string | undefined;
}

const hour = 3_600_000;

/** Now and then somebody freezes everything, for minutes or hours, rarely for longer than Graph honours a validation. */
export function drawFreezes(random: SeededRandom): readonly PlannedFreeze[] {
  if (!random.chance(0.12)) return [];
  return Array.from({ length: random.pick([1, 1, 2]) }, (_, n) => ({
    afterMs: random.chance(0.2) ? 0 : random.spread(1_000, 4 * hour),
    lastsMs: random.chance(0.05)
      ? random.between(160 * hour, 200 * hour)
      : random.spread(1_000, 6 * hour),
    key: random.chance(0.5) ? `freeze-${String(n)}` : undefined,
  }));
}
