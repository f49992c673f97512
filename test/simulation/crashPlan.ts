import type { SeededRandom } from './seededRandom.ts';

/** Places where a host dies more often than chance would have it: just around what must not happen twice. */
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
  'tasks save',
  'batches insertMissing',
  'batches update',
  'commands add',
  'commands answer',
  'commands decide',
  'commands askApproval',
  'outcomes send',
  'rejections save',
  'audit append',
  'batches updateWhen',
  'requests saveAdded',
  'migrations update',
  'graph createSharePointTask',
  'graph cancelSharePointTask',
  'graph updateUserMappings',
  'slots hold',
  'slots release',
  'journal start',
  'journal event',
  'journal turn',
];

/** Where the host of a run dies: `shouldDie` is asked at every boundary. */
export class CrashPlan {
  readonly #random: SeededRandom;
  #left: number;
  #countdown = Infinity;
  #label: string | undefined;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#left = random.chance(0.35) ? 0 : random.between(1, 4);
    this.#draw();
  }

  /** True when the host dies here. */
  shouldDie(label: string): boolean {
    if (this.#label !== undefined && this.#label !== label) return false;
    this.#countdown -= 1;
    if (this.#countdown > 0) return false;
    this.#draw();
    return true;
  }

  /** Seconds until the host is started again. */
  downSeconds(): number {
    return this.#random.spread(1, 3_600);
  }

  #draw(): void {
    if (this.#left === 0) {
      this.#countdown = Infinity;
      this.#label = undefined;
      return;
    }
    this.#left -= 1;
    const isAimed = this.#random.chance(0.6);
    this.#label = isAimed ? `${this.#random.pick(['before', 'after'])} ${this.#random.pick(delicate)}` : undefined;
    this.#countdown = isAimed ? this.#random.between(1, 3) : this.#random.spread(1, 2_000);
  }
}
