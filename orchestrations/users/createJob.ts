import type { z } from 'zod';
import { type BatchRef, ownedBatchSchema } from '../../shared/contracts/internal/batch.ts';
import {
  createJobInputSchema,
  type createJobResultSchema,
  type findJobResultSchema,
  type JobAttempt,
  jobAttemptSchema,
} from '../../shared/contracts/internal/users.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import { jobPolicy } from '../../shared/domain/policies.ts';
import type { Job, NewJob } from '../../shared/graph/jobs.ts';
import { describeProblem } from '../../shared/graph/problems.ts';
import type { GraphProblem, GraphResult } from '../../shared/graph/result.ts';
import { contentHash } from '../../shared/storage/rows.ts';
import {
  type ActivityServices,
  audited,
  storedBatch,
  storedMigration,
} from '../activityServices.ts';
import { clearanceReset, isFrozen, noteDelay } from '../batchStatus.ts';
import { missingUsers, reopenUnknown } from './taskOutcomes.ts';

/**
 * Graph: create job. Sends nothing while a freeze is in force. Returns `exists` if the name is in
 * use, because an earlier try has created the job.
 */
export async function createJob(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof createJobResultSchema>> {
  const attempt = createJobInputSchema.parse(input);
  const intended = await intendedJob(attempt, services);
  if (intended.resources.length === 0) return { kind: 'noUsers' };
  const { migrationId, batchId, owner, tries } = attempt;
  const sentAs = `${String(attempt.attempt)}/${String(owner?.run ?? 0)}.${String(owner?.restarts ?? 0)}/${String(tries)}`;
  // This try ran before without a recorded result. The create is not sent twice; the job is looked
  // up.
  if ((await storedBatch(services.stores, migrationId, batchId)).createSentAs === sentAs)
    return { kind: 'unknown', seconds: 0, reason: 'no response was recorded' };
  // Checked before the row says that the create was sent, so that no look-up follows.
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
  if (created.kind === 'retryAfter') return { kind: 'retryAfter', seconds: created.seconds };
  const reason = describeProblem(problem);
  if (created.kind === 'unknown') return { kind: 'unknown', seconds: created.seconds, reason };
  // The cutover date passed before Graph read it. The next try sends a later one.
  if (problem.codes.some((code) => /^minThresholdFailed$/i.test(code)))
    return { kind: 'retryAfter', seconds: jobPolicy.cutoverPassedSeconds };
  return { kind: isNameInUse(problem) ? 'exists' : 'rejected', reason };
}

/** Graph documents the code `duplicateDisplayNameJob` on one page and the status 409 on another. */
function isNameInUse({ httpStatus, codes }: GraphProblem): boolean {
  return httpStatus === 409 || codes.some((code) => /duplicateDisplayName/i.test(code));
}

/**
 * Returns the job of an attempt: the users of the batch without an outcome, under a name derived
 * from that content. The same rows always give the same name. `resources` is empty if every user
 * has an outcome.
 */
async function intendedJob(
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

/**
 * Returns the `displayName` of a batch's job. It is unique in the tenant, and the same batch with
 * the same content always has the same name, so a job can be found after a create without a
 * response. Graph documents neither the length nor the characters; 64 of `[A-Za-z0-9_.-]` are safe.
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

/**
 * Returns the earliest cutover date to send to Graph, which is always later than `nowMs`.
 * @param requestedAt the date of the request, ISO 8601; null for as soon as possible
 */
export function soonestCutover(requestedAt: string | null, nowMs: number): string {
  const requestedMs = requestedAt === null ? 0 : Date.parse(requestedAt);
  return new Date(Math.max(requestedMs, nowMs + jobPolicy.cutoverLeadMs)).toISOString();
}

/**
 * Stores the id of a batch's job in the batch's row, and writes to the audit trail how the batch
 * got the job.
 */
async function saveJob(
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

type Found = z.infer<typeof findJobResultSchema>;
type NotSeen = Extract<Found, { kind: 'notSeen' }>;

/** The job does not exist, or it does not belong to the batch. */
interface Verdict {
  readonly kind: 'notFound' | 'mismatch';
  readonly reason: string;
}

/**
 * Graph: get job by `displayName`. Looks up the job of an attempt by the name that was sent with
 * its create. Adopts the job only if it contains the users of the batch. Only "not found" means
 * that it does not exist.
 */
export async function findJob(input: unknown, services: ActivityServices): Promise<Found> {
  const { migrationId, batchId } = jobAttemptSchema.parse(input);
  const batch = await storedBatch(services.stores, migrationId, batchId);
  const found = await lookUp(batch, services);
  if (found.kind !== 'done') return found;
  const differs = await difference(batch, found.job, services);
  return differs ?? adopt(batch, found.job, services);
}

/**
 * Graph: get job by `displayName`. Looks up the job of the previous run by the name in the batch's
 * row, because its id is not known.
 */
export async function findPreviousJob(input: unknown, services: ActivityServices): Promise<Found> {
  const { migrationId, batchId } = ownedBatchSchema.parse(input);
  const batch = await storedBatch(services.stores, migrationId, batchId);
  if (batch.jobDisplayName === null)
    return { kind: 'notFound', reason: 'the previous run sent no create' };
  const found = await lookUp(batch, services);
  return found.kind === 'done' ? adopt(batch, found.job, services) : found;
}

async function lookUp(
  batch: Batch,
  services: ActivityServices,
): Promise<{ readonly kind: 'done'; readonly job: Job } | NotSeen | Verdict> {
  const found: GraphResult<Job> = await services.jobs.findJobByName(batch.jobDisplayName ?? '');
  if (found.kind === 'done') return { kind: 'done', job: found.value };
  if (found.kind === 'notFound')
    return { kind: 'notFound', reason: describeProblem(found.problem) };
  return notSeen(batch, 'find job', found, services);
}

async function adopt(batch: Batch, job: Job, services: ActivityServices): Promise<Found> {
  const { migrationId, batchId } = batch;
  await saveJob(batch, job, 'adopted', services);
  if (batch.counts.unknown > 0)
    await reopenUnknown(
      { migrationId, batchId, jobId: job.id, status: job.status, sinceMs: services.nowMs() },
      services,
    );
  return { kind: 'done', jobId: job.id, status: job.status };
}

/** Returns why a job of the batch's name cannot be adopted; undefined if it can. */
async function difference(
  batch: Batch,
  job: Job,
  services: ActivityServices,
): Promise<NotSeen | Verdict | undefined> {
  const { migrationId, batchId } = batch;
  const { sourceTenantId } = await storedMigration(services.stores, migrationId);
  if (job.sourceTenantId !== null && job.sourceTenantId.toLowerCase() !== sourceTenantId) {
    return {
      kind: 'mismatch',
      reason: `job ${job.id} has the name ${job.displayName} but another source tenant`,
    };
  }
  // Responses often leave `resources` empty although the job has users, so the users are listed.
  let members: readonly string[] = job.resources;
  if (members.length === 0) {
    const listed = await services.jobs.listJobTasks(job.id);
    if (listed.kind !== 'done')
      return { ...(await notSeen(batch, 'list users', listed, services)), exists: true };
    members = listed.value.map(({ id }) => id);
  }
  const memberIds = new Set(members.map((id) => id.toLowerCase()));
  const tasks = await services.stores.tasks.listBatch(migrationId, batchId);
  const own = new Set(tasks.map(({ taskId }) => taskId));
  const others = members.filter((id) => !own.has(id.toLowerCase()));
  if (others.length > 0)
    return {
      kind: 'mismatch',
      reason: `job ${job.id} has the name ${job.displayName} but contains ${String(others.length)} users of other batches`,
    };
  // The list may be incomplete, so missing users are read one by one.
  const open = tasks
    .filter(
      ({ taskId, outcome }) =>
        (outcome === null || outcome === 'unknown') && !memberIds.has(taskId),
    )
    .map(({ taskId }) => taskId);
  const missing = await missingUsers(job.id, open, services);
  if (missing.kind === 'notSeen')
    return { ...(await notSeen(batch, 'get user task', missing, services)), exists: true };
  if (missing.absent.length > 0)
    return {
      kind: 'mismatch',
      reason: `job ${job.id} has the name ${job.displayName} but does not contain ${String(missing.absent.length)} users of this batch`,
    };
  return undefined;
}

async function notSeen(
  batch: BatchRef,
  operation: string,
  { problem, seconds = 0 }: { readonly problem: GraphProblem; readonly seconds?: number },
  services: ActivityServices,
): Promise<NotSeen> {
  await noteDelay(batch, operation, problem, services);
  const { completeAfterDateTime } = await storedMigration(services.stores, batch.migrationId);
  return {
    kind: 'notSeen',
    seconds,
    completeAfterMs: completeAfterDateTime === null ? null : Date.parse(completeAfterDateTime),
    exists: false,
    reason: describeProblem(problem),
  };
}
