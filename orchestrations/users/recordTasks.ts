import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { BatchRef } from '../../shared/contracts/internal/batch.ts';
import {
  recordTasksInputSchema,
  type recordTasksResultSchema,
} from '../../shared/contracts/internal/users.ts';
import { workloadSchema } from '../../shared/contracts/request.ts';
import type { Outcome, ServiceStatus, Task } from '../../shared/contracts/task.ts';
import { isServiceStatus } from '../../shared/domain/lifecycle.ts';
import { serviceStatuses } from '../../shared/domain/outcomes.ts';
import { jobPolicy } from '../../shared/domain/policies.ts';
import type { JobTask } from '../../shared/graph/jobs.ts';
import { describeProblem } from '../../shared/graph/problems.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import { contentHash } from '../../shared/storage/rows.ts';
import {
  type ActivityServices,
  releaseEnded,
  storedBatch,
  storedMigration,
} from '../activityServices.ts';
import { clearDelay, noteDelay, saveCounts } from '../batchStatus.ts';
import { missingUsers, outcomeAt, recordedTask, reopenUnknown } from './taskOutcomes.ts';

type Input = z.infer<typeof recordTasksInputSchema>;
type Result = z.infer<typeof recordTasksResultSchema>;
type NotSeen = Extract<Result, { kind: 'notSeen' }>;

/** The users of a job as Graph reports them, by task id. */
type Reported = ReadonlyMap<string, JobTask>;

/**
 * Graph: list the users of a job. Stores what has changed, and updates the counts and failures of
 * the batch. Users with an outcome do not change. Nothing is read or written if the status hash
 * equals the caller's last one. Users that the list does not contain are read one by one. Returns
 * `notSeen`, and records no outcome, until Graph has reported every user.
 */
export async function recordTasks(input: unknown, services: ActivityServices): Promise<Result> {
  const request = recordTasksInputSchema.parse(input);
  const { migrationId, batchId, jobId, stage, lastStatusHash, jobStatus, isConfirmed } = request;
  const { stores } = services;
  const listed = await services.jobs.listJobTasks(jobId);
  const isDeleted =
    jobStatus === 'pendingDelete' || jobStatus === 'deleted' || jobStatus === 'gone';
  if (listed.kind !== 'done' && !(listed.kind === 'notFound' && (isConfirmed || isDeleted))) {
    return notSeen(
      request,
      'list users',
      listed.problem,
      'seconds' in listed ? listed.seconds : 0,
      listed.kind === 'notFound',
      services,
    );
  }
  const reported = new Map(
    (listed.kind === 'done' ? listed.value : []).map((task) => [task.id.toLowerCase(), task]),
  );
  let known: readonly Task[] | undefined;
  if (stage !== 'progress' && stage !== 'validated') {
    known = await stores.tasks.listBatch(migrationId, batchId);
    // A user of an earlier job is not in this one.
    const open = known.filter(
      ({ taskId, outcome, jobId: last }) =>
        isUndecided(outcome) &&
        !reported.has(taskId) &&
        (stage !== 'previousRun' || last === jobId),
    );
    const missing = await missingUsers(
      jobId,
      open.map(({ taskId }) => taskId),
      services,
    );
    if (missing.kind === 'notSeen')
      return notSeen(request, 'get user task', missing.problem, missing.seconds, false, services);
    for (const task of missing.found) reported.set(task.id, task);
    const absent = missing.absent[0];
    if (absent !== undefined && !isConfirmed && !isDeleted)
      return notSeen(request, 'get user task', absent, 0, true, services);
  }
  const notFinalYet =
    isConfirmed || isDeleted ? undefined : notFinalReason(reported, request, known);
  if (notFinalYet !== undefined) return notFinal(request, notFinalYet, services);
  const statusHash = contentHash(
    [...reported]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, { services: all }]) => [id, serviceStatuses(all)]),
  );
  if (statusHash === lastStatusHash) return { kind: 'done', statusHash };

  const updatedAt = new Date(services.nowMs()).toISOString();
  const found = known ?? (await stores.tasks.listBatch(migrationId, batchId));
  // Graph reports users again whose outcome was recorded as `unknown`.
  const isCorrected =
    stage !== 'progress' &&
    found.some(({ taskId, outcome }) => outcome === 'unknown' && reported.has(taskId));
  const stored = isCorrected ? await reopenedTasks(request, services) : found;
  const changed = stored
    .filter(({ outcome }) => outcome === null)
    .map((task) => ({
      before: task,
      after: recordedTask(task, reported.get(task.taskId), jobId, stage, jobStatus),
    }))
    .filter(({ before, after }) => !isDeepStrictEqual(before, after))
    .map(({ before, after }) => ({ before, after: { ...after, updatedAt } }));
  await saveOutcomes(
    { migrationId, batchId },
    changed.map(({ after }) => after),
    changed.map(({ before }) => before),
    services,
  );
  const byId = new Map(changed.map(({ after }) => [after.taskId, after]));
  // Also if no task has changed: an earlier try may have stored the tasks but not the counts.
  await saveCounts(
    { migrationId, batchId },
    stored.map((task) => byId.get(task.taskId) ?? task),
    services,
  );
  if (request.delayed)
    await clearDelay({ migrationId, batchId }, ['list users', 'get user task'], services);
  return { kind: 'done', statusHash };
}

/** Stores tasks of a batch and releases the users of those that have an outcome. May run again. */
export async function saveOutcomes(
  batch: BatchRef,
  after: readonly Task[],
  before: readonly Task[],
  services: ActivityServices,
): Promise<void> {
  if (after.length === 0) return;
  await services.stores.tasks.save(after, before);
  await releaseEnded(batch, after, services);
}

function isUndecided(outcome: Outcome | null): boolean {
  return outcome === null || outcome === 'unknown';
}

async function reopenedTasks(
  { migrationId, batchId, jobId }: Input,
  services: ActivityServices,
): Promise<readonly Task[]> {
  const { jobStatus, delayedOperation } = await storedBatch(services.stores, migrationId, batchId);
  const sinceMs =
    delayedOperation === null ? services.nowMs() : Date.parse(delayedOperation.sinceAt);
  await reopenUnknown(
    { migrationId, batchId, jobId, status: jobStatus ?? 'in sight', sinceMs },
    services,
  );
  return services.stores.tasks.listBatch(migrationId, batchId);
}

async function notSeen(
  { migrationId, batchId, stage }: Input,
  operation: string,
  problem: GraphProblem,
  seconds: number,
  isAbsent: boolean,
  services: ActivityServices,
): Promise<NotSeen> {
  // While the job runs, its users are listed again soon, so no delay is shown.
  if (stage !== 'progress') await noteDelay({ migrationId, batchId }, operation, problem, services);
  const { completeAfterDateTime } = await storedMigration(services.stores, migrationId);
  return {
    kind: 'notSeen',
    seconds,
    isAbsent,
    reason: describeProblem(problem),
    completeAfterMs: completeAfterDateTime === null ? null : Date.parse(completeAfterDateTime),
  };
}

/** Returns `notSeen` because a status that Graph reports is not final. */
async function notFinal(
  { migrationId, batchId }: Input,
  reason: string,
  services: ActivityServices,
): Promise<NotSeen> {
  await noteDelay(
    { migrationId, batchId },
    'list users',
    {
      httpStatus: 200,
      code: '',
      codes: [],
      message: reason,
      requestId: null,
      clientRequestId: null,
    },
    services,
  );
  return {
    kind: 'notSeen',
    seconds: jobPolicy.notFinalSeconds,
    isAbsent: true,
    reason,
    completeAfterMs: null,
  };
}

/**
 * Returns why the reported users cannot be recorded yet: an undocumented status, or a user without
 * a final status in a job that has ended.
 */
function notFinalReason(
  reported: Reported,
  { stage, jobStatus }: Input,
  known: readonly Task[] | undefined,
): string | undefined {
  if (stage === 'progress') return undefined;
  const all = [...reported.values()];
  if (all.some(({ services }) => services.some(isUndocumented)))
    return 'a workload has an undocumented name or status';
  if (known === undefined) return undefined;
  const open = new Set(
    known.filter(({ outcome }) => isUndecided(outcome)).map(({ taskId }) => taskId),
  );
  const isOpen = all.some(
    ({ id, services }) =>
      open.has(id) && outcomeAt(stage, serviceStatuses(services), jobStatus) === 'unknown',
  );
  return isOpen ? 'the job has ended, but not every workload of its users' : undefined;
}

function isUndocumented({ service, status }: Pick<ServiceStatus, 'service' | 'status'>): boolean {
  return !isServiceStatus(status) || !workloadSchema.safeParse(service).success;
}
