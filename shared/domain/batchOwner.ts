import type { Batch } from '../contracts/migration.ts';

/**
 * Whether an orchestration is the one that runs a batch. It is not once the batch has ended, or a later run or a restart has taken its place:
 * what it still does must have no effect then.
 */
export function ownsBatch({ run, restarts, finishedAt }: Pick<Batch, 'run' | 'restarts' | 'finishedAt'>, owner: { readonly run: number; readonly restarts: number }): boolean {
  return finishedAt === null && run === owner.run && restarts === owner.restarts;
}

/** Whether the run that a batch is in shows on its row. */
export function isBegun({ phase, waiterId, restarts, finishedAt }: Pick<Batch, 'phase' | 'waiterId' | 'restarts' | 'finishedAt'>): boolean {
  return finishedAt !== null || phase !== 'queued' || waiterId !== null || restarts > 0;
}
