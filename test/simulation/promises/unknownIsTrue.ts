import type { Task } from '../../../shared/contracts/task.ts';
import { sourceOf } from '../../../shared/domain/sharePoint.ts';
import { batchKeyOf, type Call } from '../ledger.ts';
import type { Evidence, Promised } from './evidence.ts';
import { callsOfMove } from './movesAreTrue.ts';
import { outOfSightBy, shows } from './sightings.ts';

/**
 * The outcome `unknown` is recorded only when Graph has not shown the job or task for seven days, has answered nothing but 404 for a day, or has deleted
 * it; and it does not outlive a sighting.
 */
export const unknownIsTrue: Promised = function* (evidence) {
  const { ledger, stored } = evidence;
  for (const { atMs, before, after } of ledger.taskWrites) {
    if (after.outcome !== 'unknown' || before?.outcome === 'unknown') continue;
    if (
      outOfSightBy(callsFor(evidence, after), atMs).length === 0 &&
      !isExcused(evidence, after, atMs)
    )
      yield `${nameOf(after)} was recorded as unknown at ${new Date(atMs).toISOString()}, and was not out of sight`;
  }
  for (const task of stored.flatMap(({ tasks }) => tasks)) {
    if (task.outcome !== 'unknown') continue;
    const last = ledger.taskWrites.findLast(
      ({ before, after }) =>
        isSame(after, task) && after.outcome === 'unknown' && before?.outcome !== 'unknown',
    );
    if (last === undefined || isExcused(evidence, task, last.atMs)) continue;
    const calls = callsFor(evidence, task);
    const missed = outOfSightBy(calls, last.atMs);
    const seen = calls.find(
      (call) => call.atMs > last.atMs && missed.includes(call.operation) && shows(call),
    );
    if (seen !== undefined)
      yield `${nameOf(task)} is on record as unknown, and ${seen.operation} has shown it at ${new Date(seen.atMs).toISOString()}`;
  }
};

function callsFor(evidence: Evidence, task: Task): readonly Call[] {
  return task.parameters === null
    ? (evidence.callsOf.get(batchKeyOf(task.migrationId, task.batchId)) ?? [])
    : callsOfMove(evidence, task);
}

/** Graph has deleted the job, or a SharePoint task may have been created whose source cannot be looked up. */
function isExcused(evidence: Evidence, task: Task, atMs: number): boolean {
  const { parameters } = task;
  if (parameters === null)
    return (evidence.jobsOf.get(batchKeyOf(task.migrationId, task.batchId)) ?? []).some(
      ({ events }) =>
        events.some(({ kind, atMs: deletedMs }) => kind === 'delete' && deletedMs <= atMs),
    );
  return (
    sourceOf(parameters).kind === 'userId' &&
    evidence.ledger.taskWrites.some(
      ({ atMs: writtenMs, after }) =>
        writtenMs <= atMs && isSame(after, task) && after.creation !== null,
    )
  );
}

function isSame(one: Task, other: Task): boolean {
  return (
    one.migrationId === other.migrationId &&
    one.batchId === other.batchId &&
    one.taskId === other.taskId
  );
}

function nameOf({ migrationId, batchId, taskId }: Task): string {
  return `task ${taskId.slice(0, 2)}…${taskId.slice(-2)} of ${migrationId} ${batchId}`;
}
