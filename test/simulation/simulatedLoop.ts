import type { Clock } from '../../local/clock/clock.ts';
import type { SeededRandom } from './seededRandom.ts';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

// A tick that is asked for from within a promise comes when no promise is left to settle, and needs no turn of the event loop.
function afterPromises(next: () => void): void {
  queueMicrotask(() => {
    process.nextTick(next);
  });
}

/**
 * The event loop of a run and its clock. What is ready is taken in an order that the seed draws, one piece at a time; when
 * nothing is ready, time jumps to the next timer. No real time passes, and the same seed gives the same order.
 */
export class SimulatedLoop implements Clock {
  /** Pieces of work done so far. */
  steps = 0;
  #nowMs: number;
  #order = 0;
  #isStopped = false;
  readonly #random: SeededRandom;
  readonly #ready: (() => void)[] = [];
  /** A binary heap, the earliest first. */
  readonly #timers: Timer[] = [];

  constructor(startMs: number, random: SeededRandom) {
    this.#nowMs = startMs;
    this.#random = random;
  }

  now(): number {
    return this.#nowMs;
  }

  schedule(atMs: number, callback: () => void): () => void {
    const timer: Timer = { atMs, order: this.#order++, callback };
    this.#push(timer);
    return () => {
      timer.callback = undefined;
    };
  }

  /** Calls `work` when its turn comes, without any time passing. */
  soon(work: () => void): void {
    this.#ready.push(work);
  }

  /** Lets others go first, or not. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.soon(resolve);
    });
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(this.#nowMs + ms, resolve);
    });
  }

  /** Ends the run as it stands. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Runs until nothing is left to do, at most `maxSteps` pieces. True when nothing is left. */
  run(maxSteps: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const next = (): void => {
        const work = this.#next();
        if (work === undefined || this.#isStopped || this.steps >= maxSteps) {
          resolve(work === undefined);
          return;
        }
        this.steps += 1;
        try {
          work();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        afterPromises(next);
      };
      // What the caller has begun comes to its first pause before anything else.
      afterPromises(next);
    });
  }

  #next(): (() => void) | undefined {
    const last = this.#ready.length - 1;
    if (last >= 0) {
      const index = last === 0 ? 0 : this.#random.below(last + 1);
      const work = this.#ready[index];
      const moved = this.#ready.pop();
      if (moved !== undefined && index < last) this.#ready[index] = moved;
      return work;
    }
    for (let timer = this.#pop(); timer !== undefined; timer = this.#pop()) {
      if (timer.callback === undefined) continue;
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      return timer.callback;
    }
    return undefined;
  }

  #push(timer: Timer): void {
    let index = this.#timers.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#timers[parent];
      if (above === undefined || isBefore(above, timer)) break;
      this.#timers[index] = above;
      index = parent;
    }
    this.#timers[index] = timer;
  }

  #pop(): Timer | undefined {
    const first = this.#timers[0];
    const last = this.#timers.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let index = 0;
    for (;;) {
      const remaining = this.#timers[2 * index + 1];
      const right = this.#timers[2 * index + 2];
      const child =
        right !== undefined && remaining !== undefined && isBefore(right, remaining)
          ? right
          : remaining;
      if (child === undefined || isBefore(last, child)) break;
      this.#timers[index] = child;
      index = child === remaining ? 2 * index + 1 : 2 * index + 2;
    }
    this.#timers[index] = last;
    return first;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
