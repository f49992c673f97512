const hour = 3_600_000;

/** Sums by hour, each under a name: hour 0 begins at the start. */
export class HourBook<Name extends string> {
  readonly #startMs: number;
  readonly #sums = new Map<Name, number[]>();

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  add(name: Name, atMs: number, count = 1): void {
    const sums = this.#sums.get(name) ?? [];
    this.#sums.set(name, sums);
    const place = Math.floor((atMs - this.#startMs) / hour);
    while (sums.length <= place) sums.push(0);
    sums[place] = (sums[place] ?? 0) + count;
  }

  /** The sums of the first `hours` hours. */
  of(name: Name, hours: number): readonly number[] {
    const sums = this.#sums.get(name) ?? [];
    return Array.from({ length: hours }, (_, place) => sums[place] ?? 0);
  }

  total(name: Name): number {
    return (this.#sums.get(name) ?? []).reduce((sum, count) => sum + count, 0);
  }
}
