import type { z } from 'zod';
import { type BatchRef, ownedBatchSchema } from '../../shared/contracts/internal/batch.ts';
import {
  type findJobResultSchema,
  jobAttemptSchema,
} from '../../shared/contracts/internal/users.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { Job } from '../../shared/graph/jobs.ts';
import { describeProblem } from '../../shared/graph/problems.ts';
import type { GraphProblem, GraphResult } from '../../shared/graph/result.ts';
import { type ActivityServices, storedBatch, storedMigration } from '../activityServices.ts';
import { noteDelay } from '../batchStatus.ts';
import { saveJob } from './createJob.ts';
import { missingUsers, reopenUnknown } from './unknownOutcomes.ts';

type Result = z.infer<typeof findJobResultSchema>;
type NotSeen = Extract<Result, { kind: 'notSeen' }>;

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
export async function findJob(input: unknown, services: ActivityServices): Promise<Result> {
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
export async function findPreviousJob(input: unknown, services: ActivityServices): Promise<Result> {
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
  return notSeen(
    batch,
    'find job',
    found.problem,
    'seconds' in found ? found.seconds : 0,
    services,
  );
}

async function adopt(batch: Batch, job: Job, services: ActivityServices): Promise<Result> {
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
      return {
        ...(await notSeen(
          batch,
          'list users',
          listed.problem,
          'seconds' in listed ? listed.seconds : 0,
          services,
        )),
        exists: true,
      };
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
    return {
      ...(await notSeen(batch, 'get user task', missing.problem, missing.seconds, services)),
      exists: true,
    };
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
  problem: GraphProblem,
  seconds: number,
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
