import type { RecordStage } from '../../shared/contracts/internal/users.ts';
import type { Outcome, ServiceStatus, Task } from '../../shared/contracts/task.ts';
import { failedServices } from '../../shared/domain/failures.ts';
import {
  migrationOutcome,
  serviceStatuses,
  withIncompleteResult,
  validateOnlyOutcome,
  validationOutcome,
} from '../../shared/domain/outcomes.ts';
import type { JobTask } from '../../shared/graph/jobs.ts';

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
