import type { z } from 'zod';
import {
  type BatchRef,
  type findJobResultSchema,
  findPreviousJobInputSchema,
  jobAttemptSchema,
} from '../../shared/contracts/internal/activities.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { Job } from '../../shared/graph/jobs.ts';
import type { GraphProblem, GraphResult } from '../../shared/graph/result.ts';
import { type ActivityServices, storedBatch, storedMigration } from '../activityServices.ts';
import { noteDelay } from '../batchStatus.ts';
import { describeProblem } from '../refusals.ts';
import { saveJob } from './createJob.ts';
import { missingUsers, reopenUnknown } from './unknownOutcomes.ts';

type Result = z.infer<typeof findJobResultSchema>;
type NotSeen = Extract<Result, { kind: 'notSeen' }>;

/** There is no such job, or it is not ours. */
interface Verdict {
  readonly kind: 'notFound' | 'mismatch';
  readonly reason: string;
}

/**
 * Graph: get job by `displayName`, the name that the attempt's create was sent with. The job is adopted only when it holds the users of the batch; only
 * "not found" means that it is not there.
 */
export async function findJob(input: unknown, services: ActivityServices): Promise<Result> {
  const { migrationId, batchId } = jobAttemptSchema.parse(input);
  const batch = await storedBatch(services.stores, migrationId, batchId);
  const found = await lookUp(batch, services);
  if (found.kind !== 'done') return found;
  const differs = await difference(batch, found.job, services);
  return differs ?? adopt(batch, found.job, services);
}

/** Graph: get job by `displayName`, the one that the batch's row names: the job of the run before, which never learned its id. */
export async function findPreviousJob(input: unknown, services: ActivityServices): Promise<Result> {
  const { migrationId, batchId } = findPreviousJobInputSchema.parse(input);
  const batch = await storedBatch(services.stores, migrationId, batchId);
  if (batch.jobDisplayName === null)
    return { kind: 'notFound', reason: 'no job was ever asked for' };
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
  return putOff(batch, 'find job', found.problem, 'seconds' in found ? found.seconds : 0, services);
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

/** Why a job of our name is not ours, or cannot be told to be; undefined when it is. */
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
  // Answers often leave `resources` empty although the job has users: then the users themselves are asked for.
  let members: readonly string[] = job.resources;
  if (members.length === 0) {
    const listed = await services.jobs.listJobTasks(job.id);
    if (listed.kind !== 'done')
      return {
        ...(await putOff(
          batch,
          'list users',
          listed.problem,
          'seconds' in listed ? listed.seconds : 0,
          services,
        )),
        isThere: true,
      };
    members = listed.value.map(({ id }) => id);
  }
  const known = new Set(members.map((id) => id.toLowerCase()));
  const tasks = await services.stores.tasks.listBatch(migrationId, batchId);
  const own = new Set(tasks.map(({ taskId }) => taskId));
  const strangers = members.filter((id) => !own.has(id.toLowerCase()));
  if (strangers.length > 0)
    return {
      kind: 'mismatch',
      reason: `job ${job.id} has the name ${job.displayName} and ${String(strangers.length)} users who are not of this batch`,
    };
  // The list may be short: whom it leaves out is asked for singly.
  const open = tasks
    .filter(
      ({ taskId, outcome }) => (outcome === null || outcome === 'unknown') && !known.has(taskId),
    )
    .map(({ taskId }) => taskId);
  const missing = await missingUsers(job.id, open, services);
  if (missing.kind === 'notSeen')
    return {
      ...(await putOff(batch, 'get user task', missing.problem, missing.seconds, services)),
      isThere: true,
    };
  if (missing.absent.length > 0)
    return {
      kind: 'mismatch',
      reason: `job ${job.id} has the name ${job.displayName} and lacks ${String(missing.absent.length)} users of this batch`,
    };
  return undefined;
}

async function putOff(
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
    isThere: false,
    reason: describeProblem(problem),
  };
}
