import type { Batch } from '../contracts/migration.ts';

/** Returns the id of the batch at `index`, counted from 0: `b001`, `b002`, … */
export function batchIdAt(index: number): string {
  return `b${String(index + 1).padStart(3, '0')}`;
}

/** Splits users into batches of at most `batchSize` and preserves their order. */
export function splitIntoBatches<User>(
  users: readonly User[],
  batchSize: number,
): readonly { readonly batchId: string; readonly users: readonly User[] }[] {
  const batches = [];
  for (let start = 0; start < users.length; start += batchSize) {
    batches.push({
      batchId: batchIdAt(batches.length),
      users: users.slice(start, start + batchSize),
    });
  }
  return batches;
}

/**
 * Identifies one orchestration of a batch: the run, and how often the run's orchestration was
 * replaced.
 */
interface Owner {
  readonly run: number;
  readonly restarts: number;
}

/**
 * Returns whether no later run or restart has replaced an orchestration. The batch may have ended.
 */
export function isOwner({ run, restarts }: Pick<Batch, 'run' | 'restarts'>, owner: Owner): boolean {
  return run === owner.run && restarts === owner.restarts;
}

/**
 * Returns whether an orchestration currently runs a batch. After the batch has ended or another
 * orchestration has replaced this one, its writes must have no effect.
 */
export function ownsBatch(
  batch: Pick<Batch, 'run' | 'restarts' | 'finishedAt'>,
  owner: Owner,
): boolean {
  return batch.finishedAt === null && isOwner(batch, owner);
}

/** Returns whether the row of a batch shows that its current run has started. */
export function hasStarted({
  phase,
  waiterId,
  restarts,
  finishedAt,
}: Pick<Batch, 'phase' | 'waiterId' | 'restarts' | 'finishedAt'>): boolean {
  return finishedAt !== null || phase !== 'queued' || waiterId !== null || restarts > 0;
}
