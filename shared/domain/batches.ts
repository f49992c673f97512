import type { Batch } from '../contracts/migration.ts';

/** The id of the batch at `index`, counted from 0: `b001`, `b002`, … */
export function batchIdAt(index: number): string {
  return `b${String(index + 1).padStart(3, '0')}`;
}

/** Splits users into batches of at most `batchSize`, in their order. */
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

/** Names one orchestration of a batch: the run, and how many times the run's orchestration has been replaced. */
interface Owner {
  readonly run: number;
  readonly restarts: number;
}

/** Whether no later run and no restart has taken an orchestration's place. The batch may have ended. */
export function isOwner({ run, restarts }: Pick<Batch, 'run' | 'restarts'>, owner: Owner): boolean {
  return run === owner.run && restarts === owner.restarts;
}

/**
 * Whether an orchestration is the one that runs a batch. It is not once the batch has ended, or a later run or a restart has taken its place:
 * what it still does must have no effect then.
 */
export function ownsBatch(
  batch: Pick<Batch, 'run' | 'restarts' | 'finishedAt'>,
  owner: Owner,
): boolean {
  return batch.finishedAt === null && isOwner(batch, owner);
}

/** Whether the run that a batch is in shows on its row. */
export function isBegun({
  phase,
  waiterId,
  restarts,
  finishedAt,
}: Pick<Batch, 'phase' | 'waiterId' | 'restarts' | 'finishedAt'>): boolean {
  return finishedAt !== null || phase !== 'queued' || waiterId !== null || restarts > 0;
}
