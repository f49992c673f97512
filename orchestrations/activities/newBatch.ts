import type { Batch } from '../../shared/contracts/migration.ts';
import { noCounts } from '../../shared/domain/counts.ts';

/** The row of a batch before anything has happened; `round` is the command that adds it, null for the request. */
export function newBatch(
  place: Pick<Batch, 'migrationId' | 'batchId' | 'taskCount' | 'round' | 'updatedAt'>,
): Batch {
  return {
    ...place,
    phase: 'queued',
    counts: { ...noCounts, pending: place.taskCount },
    failures: null,
    attempt: 0,
    jobId: null,
    jobDisplayName: null,
    jobStatus: null,
    message: null,
    waiterId: null,
    needsPerson: null,
    delayedOperation: null,
    outOfSightAt: null,
    createSentAs: null,
    commandTry: null,
    retryCommandId: null,
    run: 1,
    restarts: 0,
    firstAttempt: 1,
    clearedAt: null,
    approveAfter: null,
    finishedAt: null,
  };
}
