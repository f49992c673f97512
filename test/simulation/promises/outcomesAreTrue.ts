import {
  type JobRecord,
  stepAt,
  userTaskAt,
  validationErrors,
} from '../../../local/graph-emulator/index.ts';
import type { Task } from '../../../shared/contracts/task.ts';
import { isUnderWay } from '../../../shared/domain/lifecycle.ts';
import { allBatches, type Evidence, lastShownMs, type Promised } from './evidence.ts';
import { isRefusedWrite } from './sightings.ts';

/** Codes by which a record says that the user has failed with the batch, and why. */
const unknowing: readonly string[] = ['BatchFailed', 'NotReported', 'NotFinished'];

/**
 * Every task has one outcome, which never changes, except that `unknown` is corrected, and it is what the emulator did to that user. `failed` for a
 * reason of our own is true only where Graph has refused a write of the batch and the user never began: a read that was refused is no reason.
 */
export const outcomesAreTrue: Promised = function* (evidence) {
  const { ledger, jobsOf } = evidence;
  for (const { before, after } of ledger.taskWrites) {
    const had = before?.outcome ?? null;
    // Whoever is taken up again has no outcome until there is a new one.
    if (
      had === 'unknown' ||
      (had !== null &&
        (after.outcome === null || isElsewhere(evidence, after)) &&
        isReopened(evidence, after, had))
    )
      continue;
    if (
      had !== null &&
      (after.outcome !== had || JSON.stringify(after.services) !== JSON.stringify(before?.services))
    ) {
      yield `the outcome ${had} of ${name(after)} was written over with ${String(after.outcome)}`;
    }
  }
  for (const { batch, tasks, migration, key } of allBatches(evidence)) {
    const jobs = jobsOf.get(key) ?? [];
    for (const task of tasks) {
      if (task.batchId !== batch.batchId || task.parameters !== null) continue;
      if (task.outcome === null) {
        yield `${name(task)} has no outcome`;
        continue;
      }
      if (task.outcome === 'unknown' || isElsewhere(evidence, task)) continue;
      const saysUnknown = isUnknown(task);
      const held = jobs.filter((record) =>
        evidence.jobs.timeline(record).users.includes(task.taskId),
      );
      if (
        saysUnknown &&
        neverBegan(evidence, held, task.taskId) &&
        (evidence.callsOf.get(key) ?? []).some(isRefusedWrite)
      )
        continue;
      const possible = possibleOutcomes(evidence, held, task, migration.validateOnly);
      if (!possible.includes(task.outcome)) {
        yield `${name(task)} is on record as ${task.outcome}${saysUnknown ? ' without anything having gone wrong' : ''}, in truth ${possible.join(' or ')} (${held.map(({ job }) => job.id.slice(0, 8)).join(', ')})`;
      }
    }
  }
};

/** True for a record that says that the user has failed for a reason that Graph has not named. */
export function isUnknown({ outcome, services }: Task): boolean {
  return (
    outcome === 'failed' &&
    services.some(({ errors }) => errors.some(({ code }) => unknowing.includes(code)))
  );
}

/** Somebody has asked for a retry, or for another validation of a batch that is held. */
function isReopened({ stored }: Evidence, { migrationId }: Task, had: string): boolean {
  const commands = stored.find(({ migration }) => migration.id === migrationId)?.commands ?? [];
  return commands.some(
    ({ kind }) =>
      (kind === 'retry' && (had === 'failed' || had === 'invalid' || had === 'unknown')) ||
      (kind === 'revalidate' && had === 'invalid'),
  );
}

/** No job has begun to move the user. */
function neverBegan(
  { jobs, endMs }: Evidence,
  held: readonly JobRecord[],
  taskId: string,
): boolean {
  return held.every(
    (record) =>
      !record.events.some(({ kind }) => kind === 'migrate') &&
      (jobs.timeline(record).cancelledUsers.has(taskId) ||
        !isUnderWay(stepAt(jobs.timeline(record), endMs).status)),
  );
}

/** The record says that another migration has the user, or has moved them, and there is one. */
export function isElsewhere(
  { stored }: Evidence,
  { migrationId, taskId, outcome, services }: Task,
): boolean {
  const said = services.flatMap(({ errors }) => errors.map(({ code }) => code));
  if (
    outcome !== 'invalid' ||
    !said.some((code) => code === 'underWayElsewhere' || code === 'movedAlready')
  )
    return false;
  return stored.some(
    ({ migration, tasks }) =>
      migration.id !== migrationId && tasks.some((task) => task.taskId === taskId),
  );
}

/** What the record of a user may say after what the emulator did to him in the jobs of his batch. */
function possibleOutcomes(
  { scenario, jobs, endMs }: Evidence,
  held: readonly JobRecord[],
  { taskId, services }: Task,
  validateOnly: boolean,
): string[] {
  const last = held.at(-1);
  if (last === undefined) return ['cancelled'];
  const course = jobs.timeline(last);
  const statuses = userTaskAt(
    last,
    scenario,
    course,
    taskId,
    lastShownMs(last, endMs),
  ).currentStatus.map(({ status }) => status);
  if (last.events.some(({ kind }) => kind === 'migrate')) {
    if (statuses.every((status) => status === 'completed')) return ['succeeded'];
    if (statuses.includes('failed')) return ['failed'];
    return statuses.includes('cancelled') ? ['cancelled'] : ['failed'];
  }
  const wasCancelled =
    course.cancelledUsers.has(taskId) ||
    services.some(({ service, status }) => service === 'Job' && status === 'cancelled');
  // A verdict counts that had come before the job was cancelled.
  const cancelMs = last.events.find(({ kind }) => kind === 'cancel')?.atMs ?? endMs;
  const verdicts = course.validations.filter((validation) => validation.endMs <= cancelMs);
  const verdict = verdicts.at(-1);
  const possible: string[] = [];
  if (verdict !== undefined) {
    const faults = validationErrors(last, scenario, taskId, verdict);
    if (faults.length > 0) possible.push('invalid');
    else if (validateOnly) possible.push('validated');
  }
  const status = stepAt(course, endMs).status;
  if (wasCancelled || possible.length === 0 || last.events.some(({ kind }) => kind === 'cancel'))
    possible.push('cancelled');
  return status === 'cancelled' || possible.length > 0 ? possible : [...possible, 'failed'];
}

function name({ migrationId, batchId, taskId }: Task): string {
  return `user ${taskId.slice(-2)} of ${migrationId} ${batchId}`;
}
