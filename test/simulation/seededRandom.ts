/** Repeatable numbers: the same seed and name always give the same row (mulberry32). */
export class SeededRandom {
  readonly #seed: number;
  #state: number;

  constructor(seed: number, name = '') {
    this.#seed = seed;
    this.#state = (hashOf(name) ^ Math.imul(seed, 0x9e3779b1)) | 0;
  }

  /** A row of its own: what one part of a run draws never shifts what another part draws. */
  fork(name: string): SeededRandom {
    return new SeededRandom(this.#seed, name);
  }

  /** In [0, 1). */
  fraction(): number {
    return this.bits() / 2 ** 32;
  }

  /** 32 bits, unsigned. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  /** A whole number from `min` to `max`. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  /** A number between `min` and `max`, as often in each power of ten. */
  spread(min: number, max: number): number {
    return Math.round(min * (max / min) ** this.fraction());
  }

  /** True so often: 0.1 is one time in ten. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** One of the keys, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    let total = 0;
    for (const key in weights) total += weights[key];
    let remaining = this.fraction() * total;
    for (const key in weights) {
      remaining -= weights[key];
      if (remaining < 0) return key;
    }
    throw new RangeError('nothing to draw from');
  }

  /** A version 4 GUID. */
  guid(): string {
    const tail = (0x100000000 + this.bits()).toString(16).slice(1);
    const head = (0x100000000 + this.bits()).toString(16).slice(1);
    return `${head}-${tail.slice(0, 4)}-4${tail.slice(4, 7)}-8${tail.slice(5)}-${head.slice(4)}${tail}`;
  }
}

// FNV-1a.
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}
