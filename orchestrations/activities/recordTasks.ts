import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { type RecordStage, recordTasksInputSchema, type recordTasksResultSchema } from '../../shared/contracts/activities.ts';
import type { Outcome } from '../../shared/contracts/outcome.ts';
import type { ServiceStatus, Task } from '../../shared/contracts/task.ts';
import { workloadSchema } from '../../shared/contracts/workload.ts';
import { failedServices } from '../../shared/domain/failedServices.ts';
import { isServiceStatus } from '../../shared/domain/serviceStatus.ts';
import {
  migrationOutcome,
  serviceStatuses,
  unexplained,
  validateOnlyOutcome,
  validationOutcome,
} from '../../shared/domain/taskOutcome.ts';
import type { JobTask } from '../../shared/graph/jobClient.ts';
import type { ActivityServices } from './activityServices.ts';
import { contentHash } from '../../shared/storage/contentHash.ts';
import { keepSums } from './keepSums.ts';
import { missingUsers } from './missingUsers.ts';
import { reasonOfRefusal } from './refusal.ts';

// What nobody has published says nothing of an end: it may pass.
const unknownSeconds = 60;

/**
 * Graph: list the users of a job, and write what has changed of them. Users with an outcome stay as they are. The
 * batch's row gets the counts and failures that follow. The digest stands for all that Graph reported; nothing is read or
 * written when it is the caller's last one.
 */
export async function recordTasks(input: unknown, services: ActivityServices): Promise<z.infer<typeof recordTasksResultSchema>> {
  const { migrationId, batchId, jobId, stage, lastDigest, patient } = recordTasksInputSchema.parse(input);
  const listed = await services.jobs.listJobTasks(jobId);
  if (listed.kind === 'retryAfter') return { kind: 'retryAfter', seconds: listed.seconds };
  if (listed.kind !== 'done' && listed.kind !== 'notFound') {
    return { kind: 'rejected', reason: reasonOfRefusal(listed.problem) };
  }
  const reported = new Map((listed.kind === 'done' ? listed.value : []).map((task) => [task.id.toLowerCase(), task]));
  const read = (): Promise<readonly Task[]> => services.stores.tasks.listBatch(migrationId, batchId);
  let known: readonly Task[] | undefined;
  if (stage === 'validateOnly' || stage === 'migrated') {
    known = await read();
    const open = known.filter(({ taskId, outcome }) => outcome === null && !reported.has(taskId));
    const missing = await missingUsers(jobId, open.map(({ taskId }) => taskId), services);
    if (missing.kind === 'retryAfter') return missing;
    for (const task of missing.found) reported.set(task.id, task);
  }
  if (patient && [...reported.values()].some(({ services: all }) => all.some(isUnpublished))) return { kind: 'retryAfter', seconds: unknownSeconds };
  const digest = contentHash([...reported].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, { services: all }]) => [id, serviceStatuses(all)]));
  if (digest === lastDigest) return { kind: 'done', digest };

  const updatedAt = new Date(services.nowMs()).toISOString();
  const stored = known ?? (await read());
  const changed = stored
    .filter(({ outcome }) => outcome === null)
    .map((task) => ({ before: task, after: recorded(task, reported.get(task.taskId), jobId, stage) }))
    .filter(({ before, after }) => !isDeepStrictEqual(before, after))
    .map(({ before, after }) => ({ before, after: { ...after, updatedAt } }));
  if (changed.length > 0) await services.stores.tasks.save(changed.map(({ after }) => after), changed.map(({ before }) => before));
  const byId = new Map(changed.map(({ after }) => [after.taskId, after]));
  // Also when no task has changed: an earlier try may have written the tasks and not come to this.
  await keepSums({ migrationId, batchId }, stored.map((task) => byId.get(task.taskId) ?? task), services);
  return { kind: 'done', digest };
}

function isUnpublished({ service, status }: Pick<ServiceStatus, 'service' | 'status'>): boolean {
  return !isServiceStatus(status) || !workloadSchema.safeParse(service).success;
}

/** A task with what Graph reports of it at a stage. */
export function recorded(task: Task, reported: JobTask | undefined, jobId: string, stage: RecordStage): Task {
  const now = serviceStatuses(reported?.services ?? []);
  const ends = stage === 'validateOnly' || stage === 'migrated';
  if (reported === undefined) {
    if (!ends) return task;
    return { ...task, jobId, outcome: 'failed', services: unexplained('NotReported', task.services) };
  }
  const outcome = outcomeAt(stage, now);
  if (stage === 'takenUp' && outcome === null) return task;
  const isUnexplained = outcome === 'failed' && failedServices({ outcome, services: now }).length === 0;
  return {
    ...task,
    jobId,
    outcome,
    outcomeBefore: null,
    services: isUnexplained ? unexplained('NotFinished', now) : now,
    validation: stage === 'validated' || stage === 'validateOnly' ? now : task.validation,
  };
}

function outcomeAt(stage: RecordStage, now: readonly ServiceStatus[]): Outcome | null {
  switch (stage) {
    case 'progress':
      return null;
    case 'validated':
      return validationOutcome(now);
    case 'validateOnly':
      return validateOnlyOutcome(now);
    case 'migrated':
      return migrationOutcome(now);
    case 'takenUp':
      return migrationOutcome(now) === 'succeeded' ? 'succeeded' : null;
  }
}
