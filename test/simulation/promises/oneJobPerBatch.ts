import { stepAt } from '../../../local/graph-emulator/index.ts';
import { allBatches, type Evidence, type Promised } from './evidence.ts';
import { isHiddenAfterCreate, outOfSightBy } from './sightings.ts';

const over: readonly string[] = [
  'completed',
  'completedWithErrors',
  'failed',
  'cancelled',
  'pendingDelete',
  'deleted',
];

/**
 * One job per attempt of a batch: a fresh one only when the one before has let go of its users; no job that no batch owns,
 * except where Graph has refused to say whether there is one, which ends the batch as failed, or its users as unknown.
 */
export const oneJobPerBatch: Promised = function* (evidence) {
  const { jobsOf, ledger, jobs } = evidence;
  for (const [key, records] of jobsOf) {
    const owned = ledger.ownedJobs.get(key) ?? new Set();
    for (const [index, record] of records.entries()) {
      const { id, displayName } = record.job;
      // A job that Graph has answered "not found" for, for a day, counts as gone.
      const nextMs = records[index + 1]?.events[0]?.atMs;
      if (nextMs !== undefined && outOfSightBy(evidence.callsOf.get(key) ?? [], nextMs).length > 0)
        continue;
      if (
        !owned.has(id) &&
        !isLookUpRefused(evidence, key) &&
        !isHiddenAfterCreate(evidence.callsOf.get(key) ?? [])
      )
        yield `job ${id.slice(0, 8)} (${displayName}) of ${key === '' ? 'nobody' : key} is owned by no batch`;
      const next = records[index + 1];
      const createdMs = next?.events[0]?.atMs;
      if (createdMs === undefined) continue;
      const { status } = stepAt(jobs.timeline(record), createdMs);
      if (!over.includes(status))
        yield `${key} got job ${next?.job.id.slice(0, 8) ?? ''} while its job ${id.slice(0, 8)} was ${status}`;
    }
  }
};

function isLookUpRefused(evidence: Evidence, key: string): boolean {
  const lookUp = evidence.callsOf.get(key)?.findLast(({ activity }) => activity === 'findJob');
  const isRefused =
    lookUp !== undefined &&
    lookUp.fault !== null &&
    lookUp.status >= 400 &&
    lookUp.status < 500 &&
    lookUp.status !== 404 &&
    lookUp.status !== 429;
  const own = [...allBatches(evidence)].filter((one) => one.key === key);
  if (
    isRefused &&
    own.some(({ batch, tasks }) =>
      tasks.some((task) => task.batchId === batch.batchId && task.outcome === 'unknown'),
    )
  )
    return true;
  return own.some(
    (one) =>
      one.batch.phase === 'failed' &&
      one.batch.message !== null &&
      (isRefused || one.batch.message.includes('the job may exist in the target tenant')),
  );
}
