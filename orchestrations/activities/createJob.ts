import type { z } from 'zod';
import {
  type createJobResultSchema,
  type JobAttempt,
  jobAttemptSchema,
} from '../../shared/contracts/activities.ts';
import type { GraphProblem } from '../../shared/graph/graphResult.ts';
import type { Job } from '../../shared/graph/jobClient.ts';
import type { ActivityServices } from './activityServices.ts';
import { audited } from './audited.ts';
import { clearanceLost } from './clearance.ts';
import { noteDelay } from './delayedOperation.ts';
import { isFrozen } from './frozen.ts';
import { intendedJob } from './intendedJob.ts';
import { reasonOfRefusal } from './refusal.ts';
import { storedBatch } from './storedRows.ts';

/** Graph: create job. Sends nothing while a freeze is in force. Answers `exists` when the name is taken, which means that an earlier try got through. */
export async function createJob(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof createJobResultSchema>> {
  const attempt = jobAttemptSchema.parse(input);
  const intended = await intendedJob(attempt, services);
  if (intended.resources.length === 0) return { kind: 'nobody' };
  const { migrationId, batchId, owner, tries } = attempt;
  const sentAs = `${String(attempt.attempt)}/${String(owner?.run ?? 0)}.${String(owner?.restarts ?? 0)}/${String(tries)}`;
  // This very try was run before, and nobody has heard what Graph answered: its job is looked up.
  if (
    tries > 0 &&
    (await storedBatch(services.stores, migrationId, batchId)).createSentAs === sentAs
  )
    return { kind: 'doubtful', seconds: 0, reason: 'no answer was recorded' };
  // Before the row says that it was sent: what is not sent needs no look-up.
  if (await isFrozen(services)) return { kind: 'frozen' };
  await services.stores.batches.change(migrationId, batchId, (batch) => ({
    phase: 'creating',
    attempt: attempt.attempt,
    jobId: null,
    jobDisplayName: intended.displayName,
    jobStatus: null,
    createSentAs: sentAs,
    ...clearanceLost(batch, services),
    updatedAt: new Date(services.nowMs()).toISOString(),
  }));
  const created = await services.jobs.createJob(intended);
  if (created.kind === 'done') {
    await keepJob(attempt, created.value, 'created', services);
    return { kind: 'done', jobId: created.value.id, status: created.value.status };
  }
  const { problem } = created;
  await noteDelay(attempt, 'create job', problem, services);
  const reason = reasonOfRefusal(problem);
  if (created.kind === 'retryAfter')
    return { kind: 'retryAfter', seconds: created.seconds, reason };
  if (created.kind === 'doubtful') return { kind: 'doubtful', seconds: created.seconds, reason };
  // The date had passed by the time it was read: the next try sends a later one.
  if (problem.codes.some((code) => /^minThresholdFailed$/i.test(code)))
    return { kind: 'retryAfter', seconds: 15, reason };
  return { kind: nameIsTaken(problem) ? 'exists' : 'rejected', reason };
}

/** Writes on the batch's row which job is its own; `how` it came by it is put on record. */
export async function keepJob(
  { migrationId, batchId }: Pick<JobAttempt, 'migrationId' | 'batchId'>,
  job: Job,
  how: 'created' | 'adopted',
  services: ActivityServices,
): Promise<void> {
  await audited(
    {
      migrationId,
      batchId,
      jobId: job.id,
      eventId: `job/${job.id}`,
      type: `job.${how}`,
      detail: job.displayName,
    },
    services,
  );
  await services.stores.batches.update(migrationId, batchId, {
    jobId: job.id,
    jobStatus: job.status,
    delayedOperation: null,
    retryCommandId: null,
    updatedAt: new Date(services.nowMs()).toISOString(),
  });
}

/** Graph names the code `duplicateDisplayNameJob` on one page and answers 409 on another. */
function nameIsTaken({ httpStatus, codes }: GraphProblem): boolean {
  return httpStatus === 409 || codes.some((code) => /duplicateDisplayName/i.test(code));
}
