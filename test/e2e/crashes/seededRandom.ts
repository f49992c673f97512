import { chance } from '../../../local/graph/draw.ts';

/** Draws that are the same for the same seed, in the order in which they are asked for. */
export class SeededRandom {
  readonly #seed: string;
  #drawn = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** A number in [0, 1). */
  next(): number {
    this.#drawn += 1;
    return chance(`${this.#seed} ${String(this.#drawn)}`);
  }

  between(min: number, max: number): number {
    return min + (max - min) * this.next();
  }

  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number {
    return Math.floor(this.between(min, max + 1));
  }

  /** Mostly short, sometimes long: the time until something that may happen at any moment. */
  waitAround(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, at: this.next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  }
}
