import type { z } from 'zod';
import type { BatchRef, doneSchema } from '../../shared/contracts/internal/batch.ts';
import {
  type RecordStage,
  recordUnknownInputSchema,
} from '../../shared/contracts/internal/users.ts';
import type { Outcome, ServiceStatus, Task } from '../../shared/contracts/task.ts';
import { failedServices } from '../../shared/domain/failures.ts';
import { outcomeCorrected, outcomeUnknown } from '../../shared/domain/outcomeEvent.ts';
import {
  migrationOutcome,
  serviceStatuses,
  validateOnlyOutcome,
  validationOutcome,
  withIncompleteResult,
  withJobEntry,
} from '../../shared/domain/outcomes.ts';
import type { JobTask } from '../../shared/graph/jobs.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import { type ActivityServices, storedBatch, storedMigration } from '../activityServices.ts';
import { taskTotals } from '../batchStatus.ts';

/**
 * Returns a task with what Graph reports of it at a stage.
 * @param jobStatus the status with which the job has ended; null if it has not ended
 */
export function recordedTask(
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
      services: withIncompleteResult('NotReported', 'unknown', task.services),
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
    services:
      unexplainedAs === null ? now : withIncompleteResult('NotFinished', unexplainedAs, now),
    validation: stage === 'validated' || stage === 'validateOnly' ? now : task.validation,
  };
}

/**
 * Returns the outcome of a user in the job of the previous run: `succeeded`, so that the user is
 * not moved again, or any end of a user who had the outcome `unknown`. Otherwise null.
 */
function previousRunOutcome(
  { outcomeBefore }: Task,
  now: readonly ServiceStatus[],
  jobStatus: string | null,
): Outcome | null {
  const outcome = migrationOutcome(now, jobStatus);
  if (outcome === 'succeeded') return outcome;
  return outcomeBefore === 'unknown' && outcome !== 'cancelled' ? outcome : null;
}

/** Returns the outcome that the statuses of a user mean at a stage; null for none. */
export function outcomeAt(
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

/**
 * Gives the outcome `unknown` to the users of a batch who have no outcome, because Graph has not
 * shown their job for seven days or the job is gone. Their reservations in the ledger stay. May run
 * again.
 */
export async function recordUnknown(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof doneSchema>> {
  const { migrationId, batchId, jobId, sinceMs, isGone } = recordUnknownInputSchema.parse(input);
  const { stores, nowMs } = services;
  const batch = await storedBatch(stores, migrationId, batchId);
  if (batch.finishedAt !== null) return { kind: 'done' };
  const updatedAt = new Date(nowMs()).toISOString();
  const sinceAt = new Date(sinceMs).toISOString();
  const what =
    jobId === null ? `the job with the name ${batch.jobDisplayName ?? ''}` : `job ${jobId}`;
  const lastResponse =
    batch.delayedOperation === null ? '' : ` (${batch.delayedOperation.lastResponse})`;
  const message = isGone
    ? `Graph no longer finds ${what}${lastResponse}`
    : `Graph has not shown ${what} since ${sinceAt}${lastResponse}`;
  const entry = {
    status: 'outOfSight',
    message,
    errors: [{ code: isGone ? 'JobGone' : 'OutOfSight', message }],
  };
  const tasks = await stores.tasks.listBatch(migrationId, batchId);
  const marked = tasks.map((task): Task =>
    task.outcome === null
      ? { ...task, outcome: 'unknown', services: withJobEntry(task.services, entry), updatedAt }
      : task,
  );
  await saveChanged(tasks, marked, services);
  const sums = taskTotals(marked);
  await stores.batches.update(migrationId, batchId, { ...sums, updatedAt });
  await stores.outcomes.send(
    outcomeUnknown(
      await storedMigration(stores, migrationId),
      { ...batch, ...sums, jobId },
      sinceAt,
      message,
      updatedAt,
    ),
  );
  services.warn(
    `${migrationId} ${batchId}: ${String(sums.counts.unknown)} users have the outcome unknown, because Graph does not show ${what}`,
  );
  return { kind: 'done' };
}

/**
 * Clears the outcome `unknown` of a batch's users, because Graph shows their job again. May run
 * again.
 */
export async function reopenUnknown(
  {
    migrationId,
    batchId,
    jobId,
    status,
    sinceMs,
  }: BatchRef & { readonly jobId: string; readonly status: string; readonly sinceMs: number },
  services: ActivityServices,
): Promise<void> {
  const { stores, nowMs } = services;
  const updatedAt = new Date(nowMs()).toISOString();
  const tasks = await stores.tasks.listBatch(migrationId, batchId);
  const open = tasks.map((task): Task =>
    task.outcome === 'unknown'
      ? { ...task, outcome: null, services: withoutJobEntry(task), updatedAt }
      : task,
  );
  await saveChanged(tasks, open, services);
  const sums = taskTotals(open);
  await stores.batches.update(migrationId, batchId, { ...sums, updatedAt });
  const batch = await storedBatch(stores, migrationId, batchId);
  await stores.outcomes.send(
    outcomeCorrected(
      await storedMigration(stores, migrationId),
      { ...batch, ...sums, jobId },
      new Date(sinceMs).toISOString(),
      status,
      updatedAt,
    ),
  );
}

/** Returns the workloads of a user without the entry for the job as a whole. */
function withoutJobEntry({ services }: Pick<Task, 'services'>): Task['services'] {
  return services.filter(({ service }) => service !== 'Job');
}

async function saveChanged(
  before: readonly Task[],
  after: readonly Task[],
  { stores }: ActivityServices,
): Promise<void> {
  const changed = after.flatMap((task, index) => {
    const old = before[index];
    return old === undefined || old === task ? [] : [{ task, old }];
  });
  if (changed.length > 0)
    await stores.tasks.save(
      changed.map(({ task }) => task),
      changed.map(({ old }) => old),
    );
}

/**
 * Graph: get user task. Reads the users that a list does not contain one by one, because a list may
 * be incomplete. `absent` contains the "not found" responses. Returns `notSeen` if Graph does not
 * report one of the users.
 */
export async function missingUsers(
  jobId: string,
  userIds: readonly string[],
  { jobs }: ActivityServices,
): Promise<
  | {
      readonly kind: 'done';
      readonly found: readonly JobTask[];
      readonly absent: readonly GraphProblem[];
    }
  | { readonly kind: 'notSeen'; readonly problem: GraphProblem; readonly seconds: number }
> {
  const found: JobTask[] = [];
  const absent: GraphProblem[] = [];
  for (const userId of userIds) {
    const task = await jobs.getTask(jobId, userId);
    if (task.kind === 'done') found.push(task.value);
    else if (task.kind === 'notFound') absent.push(task.problem);
    else
      return {
        kind: 'notSeen',
        problem: task.problem,
        seconds: 'seconds' in task ? task.seconds : 0,
      };
  }
  return { kind: 'done', found, absent };
}
