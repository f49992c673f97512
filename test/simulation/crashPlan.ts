import type { SeededRandom } from './seededRandom.ts';

/** Places where a host or an instance dies more often than chance would have it: just around what must not happen twice. */
const delicate = [
  'graph createJob',
  'graph validateJob',
  'graph migrateJob',
  'graph cancelJob',
  'graph findJob',
  'graph cancelTask',
  'graph updateJob',
  'graph listTasks',
  'migrations accept',
  'migrations get',
  'requests load',
  'tasks insertMissing',
  'tasks insertTaskIndex',
  'tasks save',
  'batches insertMissing',
  'batches update',
  'commands add',
  'commands recordResult',
  'commands decide',
  'commands askApproval',
  'outcomes send',
  'rejections save',
  'audit append',
  'batches updateWhen',
  'batches change',
  'requests saveAdded',
  'requests saveApproved',
  'migrations update',
  'migrations change',
  'graph createSharePointTask',
  'graph cancelSharePointTask',
  'graph updateUserMappings',
  'users reserve',
  'users release',
  'quota hold',
  'quota release',
  'turn batch',
  'turn watch',
  'journal start',
  'journal event',
  'journal turn',
];

/** An instance that stalls goes on after so long at the latest. */
export const longestStallMs = 600_000;

/**
 * What a crash takes: the whole host with all instances of the app, one instance, or one instance that is only thought dead:
 * it stalls, its work is handed out again, and then it goes on with what it had in hand.
 */
export type Crash = 'host' | 'instance' | 'stall';

/** Where the host of a run or an instance of the app dies: `crashAt` is asked at every boundary. */
export class CrashPlan {
  readonly #random: SeededRandom;
  /** Of a run with several instances: mostly one of them dies. */
  readonly #kinds: Readonly<Record<Crash, number>>;
  #left: number;
  #countdown = Infinity;
  #label: string | undefined;
  #kind: Crash = 'host';

  constructor(random: SeededRandom, instances: number) {
    this.#random = random;
    this.#kinds =
      instances === 1 ? { host: 7, instance: 2, stall: 1 } : { host: 3, instance: 5, stall: 2 };
    this.#left = random.chance(0.35) ? 0 : random.between(1, 4);
    this.#draw();
  }

  /** What dies here; undefined for nothing. */
  crashAt(label: string): Crash | undefined {
    if (this.#label !== undefined && this.#label !== label) return undefined;
    this.#countdown -= 1;
    if (this.#countdown > 0) return undefined;
    const kind = this.#kind;
    this.#draw();
    return kind;
  }

  /** Seconds until what has died is started again. */
  downSeconds(): number {
    return this.#random.spread(1, 3_600);
  }

  /** How long an instance that is thought dead does nothing: longer or shorter than it takes until its work is handed out again. */
  stallMs(): number {
    return this.#random.spread(1_000, longestStallMs);
  }

  /** Whether the answers of such an instance are heeded when they come after all. */
  isHeardLate(): boolean {
    return this.#random.chance(0.5);
  }

  #draw(): void {
    if (this.#left === 0) {
      this.#countdown = Infinity;
      this.#label = undefined;
      return;
    }
    this.#left -= 1;
    this.#kind = this.#random.weighted(this.#kinds);
    const isAimed = this.#random.chance(0.6);
    this.#label = isAimed
      ? `${this.#random.pick(['before', 'after'])} ${this.#random.pick(delicate)}`
      : undefined;
    this.#countdown = isAimed ? this.#random.between(1, 3) : this.#random.spread(1, 2_000);
  }
}
