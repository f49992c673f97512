import type { z } from 'zod';
import {
  type createJobResultSchema,
  type JobAttempt,
  jobAttemptSchema,
} from '../../shared/contracts/internal/activities.ts';
import type { Job, NewJob } from '../../shared/graph/jobs.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import { contentHash } from '../../shared/storage/encoding.ts';
import {
  type ActivityServices,
  audited,
  storedBatch,
  storedMigration,
} from '../activityServices.ts';
import { noteDelay } from '../batchStatus.ts';
import { clearanceReset, isFrozen } from '../commands/freeze.ts';
import { describeProblem } from '../refusals.ts';

/**
 * The `displayName` of a batch's job. It is unique in the tenant and says by itself whose job it is: the same batch with
 * the same content always has the same name, so that a job can be found again after a doubtful create. Graph documents
 * neither length nor characters; 64 of `[A-Za-z0-9_.-]` are safe.
 * @param contentHash hex digits over migration, batch and membership
 */
export function jobName(parts: {
  name: string;
  batchId: string;
  attempt: number;
  contentHash: string;
}): string {
  const prefix = parts.name.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').slice(0, 32);
  return `${prefix}-${parts.batchId}-a${String(parts.attempt)}-${parts.contentHash.slice(0, 12)}`;
}

// Graph refuses a date that has passed by the time the request is read.
const leadMs = 5 * 60_000;

/** The date to send for the earliest cutover that was asked for (ISO 8601; null: as soon as possible): it always lies ahead of `nowMs`. */
export function soonestCutover(askedFor: string | null, nowMs: number): string {
  const askedMs = askedFor === null ? 0 : Date.parse(askedFor);
  return new Date(Math.max(askedMs, nowMs + leadMs)).toISOString();
}

/**
 * The job that an attempt of a batch stands for: its users without an outcome, under a name derived from that content.
 * The same rows give the same name, whoever asks and however often. `resources` is empty when nobody is left.
 */
export async function intendedJob(
  { migrationId, batchId, attempt }: JobAttempt,
  services: ActivityServices,
): Promise<NewJob> {
  const migration = await storedMigration(services.stores, migrationId);
  const users = (await services.stores.tasks.listOpen(migrationId, batchId)).toSorted();
  const { name, sourceTenantId, workloads, exchangeSettings, completeAfterDateTime } = migration;
  return {
    displayName: jobName({
      name,
      batchId,
      attempt,
      contentHash: contentHash(migrationId, batchId, attempt, sourceTenantId, workloads, users),
    }),
    sourceTenantId,
    completeAfterDateTime: soonestCutover(completeAfterDateTime, services.nowMs()),
    workloads,
    ...(exchangeSettings !== null && workloads.includes('Exchange') ? { exchangeSettings } : {}),
    resources: users,
  };
}

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
    return { kind: 'unknown', seconds: 0, reason: 'no answer was recorded' };
  // Before the row says that it was sent: what is not sent needs no look-up.
  if (await isFrozen(services)) return { kind: 'frozen' };
  await services.stores.batches.change(migrationId, batchId, (batch) => ({
    phase: 'creating',
    attempt: attempt.attempt,
    jobId: null,
    jobDisplayName: intended.displayName,
    jobStatus: null,
    createSentAs: sentAs,
    ...clearanceReset(batch, services),
    updatedAt: new Date(services.nowMs()).toISOString(),
  }));
  const created = await services.jobs.createJob(intended);
  if (created.kind === 'done') {
    await saveJob(attempt, created.value, 'created', services);
    return { kind: 'done', jobId: created.value.id, status: created.value.status };
  }
  const { problem } = created;
  await noteDelay(attempt, 'create job', problem, services);
  const reason = describeProblem(problem);
  if (created.kind === 'retryAfter')
    return { kind: 'retryAfter', seconds: created.seconds, reason };
  if (created.kind === 'unknown') return { kind: 'unknown', seconds: created.seconds, reason };
  // The date had passed by the time it was read: the next try sends a later one.
  if (problem.codes.some((code) => /^minThresholdFailed$/i.test(code)))
    return { kind: 'retryAfter', seconds: 15, reason };
  return { kind: nameIsTaken(problem) ? 'exists' : 'rejected', reason };
}

/** Writes on the batch's row which job is its own; `how` it came by it is put on record. */
export async function saveJob(
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
