import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import {
  type BatchRef,
  type RecordStage,
  recordTasksInputSchema,
  type recordTasksResultSchema,
} from '../../shared/contracts/internal/activities.ts';
import { workloadSchema } from '../../shared/contracts/request.ts';
import type { Outcome, ServiceStatus, Task } from '../../shared/contracts/task.ts';
import { failedServices } from '../../shared/domain/failures.ts';
import { isServiceStatus } from '../../shared/domain/lifecycle.ts';
import {
  migrationOutcome,
  serviceStatuses,
  unexplained,
  validateOnlyOutcome,
  validationOutcome,
} from '../../shared/domain/outcomes.ts';
import type { JobTask } from '../../shared/graph/jobs.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import { contentHash } from '../../shared/storage/encoding.ts';
import { type ActivityServices, storedBatch, storedMigration } from '../activityServices.ts';
import { clearDelay, saveCounts, noteDelay } from '../batchStatus.ts';
import { describeProblem } from '../refusals.ts';
import { releaseEnded } from '../reservations.ts';
import { missingUsers, reopenUnknown } from './unknownOutcomes.ts';

/** Writes tasks of a batch, and ends the reservations of those that have an outcome. May run again. */
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

type Input = z.infer<typeof recordTasksInputSchema>;
type Result = z.infer<typeof recordTasksResultSchema>;
type NotSeen = Extract<Result, { kind: 'notSeen' }>;

// What nobody has published says nothing of an end, and what has not ended may end: it may pass.
const unsettledSeconds = 60;

/** What Graph says of the users of a job. */
type Reported = ReadonlyMap<string, JobTask>;

/**
 * Graph: list the users of a job, and write what has changed of them. Users with an outcome stay as they are. The
 * batch's row gets the counts and failures that follow. The digest stands for all that Graph reported; nothing is read or
 * written when it is the caller's last one. A list never accounts for those whom it leaves out: they are asked for singly, and as long as Graph
 * does not tell of one of them nothing is recorded of an end (`notSeen`).
 */
export async function recordTasks(input: unknown, services: ActivityServices): Promise<Result> {
  const asked = recordTasksInputSchema.parse(input);
  const { migrationId, batchId, jobId, stage, lastStatusHash, jobStatus, believes } = asked;
  const { stores } = services;
  const listed = await services.jobs.listJobTasks(jobId);
  const isDeleted =
    jobStatus === 'pendingDelete' || jobStatus === 'deleted' || jobStatus === 'gone';
  if (listed.kind !== 'done' && !(listed.kind === 'notFound' && (believes || isDeleted))) {
    return putOff(
      asked,
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
    // A user whom an earlier job has held is not in this one.
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
      return putOff(asked, 'get user task', missing.problem, missing.seconds, false, services);
    for (const task of missing.found) reported.set(task.id, task);
    const absent = missing.absent[0];
    if (absent !== undefined && !believes && !isDeleted)
      return putOff(asked, 'get user task', absent, 0, true, services);
  }
  const followUp = believes || isDeleted ? undefined : unsettledUser(reported, asked, known);
  if (followUp !== undefined) return later(asked, followUp, services);
  const statusHash = contentHash(
    [...reported]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, { services: all }]) => [id, serviceStatuses(all)]),
  );
  if (statusHash === lastStatusHash) return { kind: 'done', statusHash };

  const updatedAt = new Date(services.nowMs()).toISOString();
  const found = known ?? (await stores.tasks.listBatch(migrationId, batchId));
  // Graph had not told of them for so long that this is on record: it tells of them now.
  const isCorrected =
    stage !== 'progress' &&
    found.some(({ taskId, outcome }) => outcome === 'unknown' && reported.has(taskId));
  const stored = isCorrected ? await reopened(asked, services) : found;
  const changed = stored
    .filter(({ outcome }) => outcome === null)
    .map((task) => ({
      before: task,
      after: recorded(task, reported.get(task.taskId), jobId, stage, jobStatus),
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
  // Also when no task has changed: an earlier try may have written the tasks and not come to this.
  await saveCounts(
    { migrationId, batchId },
    stored.map((task) => byId.get(task.taskId) ?? task),
    services,
  );
  if (asked.delayed)
    await clearDelay({ migrationId, batchId }, ['list users', 'get user task'], services);
  return { kind: 'done', statusHash };
}

function isUndecided(outcome: Outcome | null): boolean {
  return outcome === null || outcome === 'unknown';
}

async function reopened(
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

async function putOff(
  { migrationId, batchId, stage }: Input,
  operation: string,
  problem: GraphProblem,
  seconds: number,
  absent: boolean,
  services: ActivityServices,
): Promise<NotSeen> {
  // While a job runs, what it says of its users is asked for again by and by.
  if (stage !== 'progress') await noteDelay({ migrationId, batchId }, operation, problem, services);
  const { completeAfterDateTime } = await storedMigration(services.stores, migrationId);
  return {
    kind: 'notSeen',
    seconds,
    absent,
    reason: describeProblem(problem),
    completeAfterMs: completeAfterDateTime === null ? null : Date.parse(completeAfterDateTime),
  };
}

/** Nothing was refused: what Graph reports of a user is no end yet. */
async function later(
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
    seconds: unsettledSeconds,
    absent: true,
    reason,
    completeAfterMs: null,
  };
}

/** Why what is reported cannot be recorded yet: a status that nobody has published, or a user who has not come to an end in a job that has. */
function unsettledUser(
  reported: Reported,
  { stage, jobStatus }: Input,
  known: readonly Task[] | undefined,
): string | undefined {
  if (stage === 'progress') return undefined;
  const all = [...reported.values()];
  if (all.some(({ services }) => services.some(isUnpublished)))
    return 'a workload has a status, or a name, that nobody has published';
  if (known === undefined) return undefined;
  const open = new Set(
    known.filter(({ outcome }) => isUndecided(outcome)).map(({ taskId }) => taskId),
  );
  const isOpen = all.some(
    ({ id, services }) =>
      open.has(id) && outcomeAt(stage, serviceStatuses(services), jobStatus) === 'unknown',
  );
  return isOpen ? 'the job has ended, and not every workload of its users' : undefined;
}

function isUnpublished({ service, status }: Pick<ServiceStatus, 'service' | 'status'>): boolean {
  return !isServiceStatus(status) || !workloadSchema.safeParse(service).success;
}

/** A task with what Graph reports of it at a stage; `jobStatus`: the status with which the job has ended. */
export function recorded(
  task: Task,
  reported: JobTask | undefined,
  jobId: string,
  stage: RecordStage,
  jobStatus: string | null,
): Task {
  const now = serviceStatuses(reported?.services ?? []);
  const ends = stage === 'validateOnly' || stage === 'migrated';
  if (reported === undefined) {
    if (!ends) return task;
    return {
      ...task,
      jobId,
      outcome: 'unknown',
      services: unexplained('NotReported', 'unknown', task.services),
    };
  }
  const outcome =
    stage === 'previousRun'
      ? previousRunOutcome(task, now, jobStatus)
      : outcomeAt(stage, now, jobStatus);
  if (stage === 'previousRun' && outcome === null) return task;
  const unexplainedAs =
    (outcome === 'failed' || outcome === 'unknown') &&
    failedServices({ outcome, services: now }).length === 0
      ? outcome
      : null;
  return {
    ...task,
    jobId,
    outcome,
    outcomeBefore: null,
    services: unexplainedAs === null ? now : unexplained('NotFinished', unexplainedAs, now),
    validation: stage === 'validated' || stage === 'validateOnly' ? now : task.validation,
  };
}

/** Whom the job of the run before has moved is not moved again; of whom nothing was known, it says what it has come to. */
function previousRunOutcome(
  { outcomeBefore }: Task,
  now: readonly ServiceStatus[],
  jobStatus: string | null,
): Outcome | null {
  const outcome = migrationOutcome(now, jobStatus);
  if (outcome === 'succeeded') return outcome;
  return outcomeBefore === 'unknown' && outcome !== 'cancelled' ? outcome : null;
}

function outcomeAt(
  stage: RecordStage,
  now: readonly ServiceStatus[],
  jobStatus: string | null,
): Outcome | null {
  switch (stage) {
    case 'progress':
      return null;
    case 'validated':
      return validationOutcome(now);
    case 'validateOnly':
      return validateOnlyOutcome(now, jobStatus);
    case 'migrated':
    case 'previousRun':
      return migrationOutcome(now, jobStatus);
  }
}
